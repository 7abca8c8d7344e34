// The official SDK of npm, pointed at a simulated company.
import { v1, v2 } from 'pipedrive';
import { simulated } from '../simulator.js';

export const [acme, borealis] = [0, 1];

/** The SDK's configurations for a credential: {apiKey} or {accessToken}. */
export function configurations(url, credential) {
  return {
    v1: new v1.Configuration({ ...credential, basePath: `${url}/v1` }),
    v2: new v2.Configuration({ ...credential, basePath: `${url}/api/v2` }),
  };
}

/**
 * A fresh world seen by the administrator of its first company, or by whom `credential` picks.
 *
 * @param credential from a company's sheet to the SDK's options
 */
export async function company(t, credential = ({ token }) => ({ apiKey: token })) {
  const { pipedrive } = await simulated(t);
  const sheet = pipedrive.companies[acme];
  const config = configurations(pipedrive.url, credential(sheet));
  return {
    url: pipedrive.url,
    companies: pipedrive.companies,
    sheet,
    config,
    users: new v1.UsersApi(config.v1),
    usersV2: new v2.UsersApi(config.v2),
    // The factory answers axios' response, headers included, where the class answers the body alone.
    raw: v1.UsersApiFactory(config.v1),
    rawV2: v2.UsersApiFactory(config.v2),
  };
}

/** The body with which a call is refused; the class API rejects with nothing else. */
export async function refusal(call) {
  try {
    await call;
  } catch (body) {
    return body;
  }
  throw new Error('the call was not refused');
}
