/** Ports of hosts. Source: spec/api.md 1.8. */
import { parseCidrOrIp } from '@margay/netset'
import { describe } from '../../schema/describe.ts'
import { type Issue, invalid } from '../../schema/issue.ts'
import { parsePort } from '../rule/port.ts'
import type { FailsafePort } from './schema.ts'

export function* checkFailsafePorts(
  ports: readonly FailsafePort[] | undefined,
  path: string,
): Iterable<Issue> {
  for (const [index, { net = '' }] of (ports ?? []).entries()) {
    if (net === '' || parseCidrOrIp(net) !== undefined) continue
    yield invalid(
      `${path}[${index}].net`,
      `must be a CIDR or an address, such as 10.0.0.0/8, but is ${describe(net)}`,
    )
  }
}

export function* checkNodePorts(ranges: readonly (string | number)[] | undefined): Iterable<Issue> {
  for (const [index, range] of (ranges ?? []).entries()) {
    if (isRange(range)) continue
    yield invalid(
      `spec.kubeNodePortRanges[${index}]`,
      `must be a number from 1 to 65535 or an ascending range "min:max", but is ${describe(range)}`,
    )
  }
}

function isRange(range: string | number): boolean {
  const parsed = parsePort(range)
  return parsed.kind === 'Range' && parsed.min >= 1 && parsed.min <= parsed.max && parsed.max <= 65535
}
