// A real Manifold over a simulated world, for the clients, gateways and linters of others.
export { act, manifold } from '../sdk/manifold.js';

/** Headers that let a GET through: no page of a foreign origin can send one without asking the server first. */
export const preflight = { 'GraphQL-Require-Preflight': '1' };

/**
 * Adds to a configuration: whoever has key may do everything that scopes allow, and nobody without a key anything.
 *
 * @param text the configuration of a simulated world
 */
export const withKey = (text, key, scopes) => text.replace('insecure_no_authentication: true', `api_keys: [{name: test, key: "${key}", scopes: [${scopes.map((s) => `"${s}"`)}]}]`);
