/** Source: spec/api.md 1.8. Empty text means the same as none. */
import { describe, either } from '../../schema/describe.ts'
import { forbidden, type Issue, invalid, notSupported } from '../../schema/issue.ts'
import { checkSelector } from '../rule/check-selector.ts'
import { checkDnsServers } from './check-dns-servers.ts'
import { checkFailsafePorts, checkNodePorts } from './check-ports.ts'
import { checkTexts } from './check-texts.ts'
import { clusterConfigurationName } from './defaults.ts'
import type { FelixConfiguration, FelixSettings, RouteTableRange } from './schema.ts'
import { findWord, wordSettingNames, wordSettings } from './words.ts'

export function* checkFelixConfiguration({ metadata, spec = {} }: FelixConfiguration): Iterable<Issue> {
  yield* checkNodeSelector(metadata.name, spec)
  yield* checkWords(spec)
  yield* checkTexts(spec)
  yield* checkFailsafePorts(spec.failsafeInboundHostPorts, 'spec.failsafeInboundHostPorts')
  yield* checkFailsafePorts(spec.failsafeOutboundHostPorts, 'spec.failsafeOutboundHostPorts')
  yield* checkNodePorts(spec.kubeNodePortRanges)
  yield* checkDnsServers(spec.dnsTrustedServers)
  yield* checkRouteTables(spec.routeTableRanges)
}

/** Where the name says which nodes are meant, nothing else may. */
function* checkNodeSelector(name: string, { nodeSelector = '' }: FelixSettings): Iterable<Issue> {
  yield* checkSelector(nodeSelector, 'spec.nodeSelector')
  const isForNamed = name === clusterConfigurationName || name.startsWith('node.')
  if (nodeSelector === '' || !isForNamed) return
  yield forbidden(
    'spec.nodeSelector',
    `is not allowed in ${describe(name)}, whose name says which nodes it is for`,
  )
}

function* checkRouteTables(ranges: readonly RouteTableRange[] = []): Iterable<Issue> {
  for (const [index, { min, max }] of ranges.entries()) {
    if (min <= max) continue
    yield invalid(
      `spec.routeTableRanges[${index}].max`,
      `must be at least min, which is ${min}, but is ${max}`,
    )
  }
}

function* checkWords(spec: FelixSettings): Iterable<Issue> {
  for (const setting of wordSettingNames) {
    const text: string = spec[setting] ?? ''
    if (text === '' || findWord(setting, text) !== undefined) continue
    yield notSupported(
      `spec.${setting}`,
      `must be ${either(wordSettings[setting])}, but is ${describe(text)}`,
    )
  }
}
