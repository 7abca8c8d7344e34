// What a change of the schema breaks for clients that were built against the last release.
import { CriticalityLevel, diff } from '@graphql-inspector/core';
import { buildSchema } from 'graphql';

/**
 * Compares two schemas.
 *
 * @param released SDL of the last release
 * @param now SDL of what would be the next
 * @param accepted what may break all the same: [{type, path, reason}], as a refusal names them
 * @returns {Promise<{breaking: {type, path, message}[], stale: {type, path}[]}>} breaking is what nobody accepted and nothing
 * announced, stale what is accepted and does not happen
 */
export async function compare(released, now, accepted = []) {
  const before = buildSchema(released);
  const found = (await diff(before, buildSchema(now))).filter((c) => c.criticality.level === CriticalityLevel.Breaking);
  const is = (a) => (c) => c.type === a.type && c.path === a.path;
  return {
    breaking: found.filter((c) => !announced(before, c) && !accepted.some((a) => is(a)(c) && a.reason)).map(({ type, path, message }) => ({ type, path, message })),
    stale: accepted.filter((a) => !found.some(is(a))).map(({ type, path }) => ({ type, path })),
  };
}

// What was deprecated in the last release may go in the next.
function announced(schema, { type, path }) {
  if (!type.endsWith('_REMOVED')) return false;
  const [name, member, argument] = path.split('.');
  const of = schema.getType(name);
  const part = of?.getFields?.()[member] ?? of?.getValue?.(member);
  return Boolean((argument ? part?.args.find((a) => a.name === argument) : part)?.deprecationReason);
}

/** Says what to do about what breaks; "" where nothing does. */
export function told({ breaking, stale }) {
  const lines = [
    ...breaking.map((c) => `${c.message}\n  {"type": "${c.type}", "path": "${c.path}", "reason": "…"}`),
    ...stale.map((c) => `${c.type} of ${c.path} is accepted and does not happen: take it out of test/ecosystem/accepted.json.`),
  ];
  if (breaking.length > 0) {
    lines.unshift('Clients of the last release would break. Keep what they use, with @deprecated and what to use in its place, for one release;\n'
      + 'or accept the change: add the line below it, with a reason, to test/ecosystem/accepted.json.\n');
  }
  return lines.join('\n');
}
