/** An explanation for people. */
import {
  type ConsideredPolicy,
  type ConsideredRule,
  type ConsideredTier,
  type ExplainedSide,
  type ExplainedStage,
  type Explanation,
  formatHit,
  formatPolicyRef,
  formatRequest,
  protocolName,
  stageName,
  type Verdict,
} from '@margay/policy'
import type { Style } from '../output/style.ts'
import { visible } from '../output/table.ts'
import { formatYaml } from '../output/yaml.ts'
import { type DescribedChange, describeEffect, describeProposal } from './describe-change.ts'
import type { Explained, ExplainedConnection } from './explain-query.ts'
import { formatOrigin, type Origin, type Origins } from './origins.ts'
import { pathOfRule } from './to-data.ts'

export interface TextSetting {
  readonly origins: Origins
  readonly style: Style
}

export function formatText({ query, connections }: Explained, setting: TextSetting): string {
  const blocks = connections.map((it) => {
    const { protocol, http } = query
    const port = it.port === undefined ? '' : ` ${it.port}`
    const request = http === undefined ? '' : `, ${formatRequest(http)}`
    const verdict = paint(it.verdict, setting)
    const title = `${verdict}  ${it.from} to ${it.to}, ${protocolName(protocol)}${port}${request}${asAsked(it, query)}`
    return [title, ...connectionLines(it, setting)].join('\n')
  })
  return `${blocks.join('\n\n')}\n`
}

/** What the question said, where it said more than this connection. */
function asAsked(it: ExplainedConnection, { from, to, port }: Explained['query']): string {
  const ends = [
    ...(it.from === from ? [] : [from]),
    ...(it.to === to ? [] : [`${to}${port === it.port ? '' : ` port ${port}`}`]),
  ]
  const others = it.alike === 1 ? '' : `${it.alike - 1} more like it`
  const parts = [ends.join(' to '), others].filter((part) => part !== '')
  return parts.length === 0 ? '' : ` (${parts.join('; ')})`
}

function connectionLines(connection: ExplainedConnection, setting: TextSetting): string[] {
  const { sides, route, verdict } = connection
  return [
    ...(route?.stages ?? []).flatMap((stage) => ['', ...stageLines(stage, setting)]),
    ...(sides === undefined ? [] : sidesLines(sides, setting)),
    ...(sides?.staged === undefined ? [] : stagedLines(sides.staged, setting)),
    ...proposalLines(connection, verdict, setting),
  ]
}

function sidesLines(sides: Omit<Explanation, 'staged'>, setting: TextSetting): string[] {
  const { egress, ingress } = sides
  if (egress === undefined && ingress === undefined) return ['', '  no workload is there to judge it']
  return [egress, ingress]
    .filter((side) => side !== undefined)
    .flatMap((side) => ['', ...sideLines(side, setting)])
}

function stagedLines(staged: Omit<Explanation, 'staged'>, setting: TextSetting): string[] {
  const verdict = paint(staged.decision.verdict, setting)
  return [
    '',
    `If the staged policies were enforced: ${verdict}`,
    ...sidesLines(staged, setting).map((it) => (it === '' ? it : `  ${it}`)),
  ]
}

function sideLines(side: ExplainedSide, setting: TextSetting): string[] {
  const name = `${side.direction} of ${side.endpoint}`
  const nobody =
    side.tiers.length === 0 && side.trace.at(-1)?.kind === 'Profile'
      ? [`  no policy governs its ${side.direction.toLowerCase()}`]
      : []
  return judgedLines({ ...side, name, action: side.verdict }, nobody, setting)
}

function stageLines(stage: ExplainedStage, setting: TextSetting): string[] {
  return judgedLines({ ...stage, name: stageName(stage) }, [], setting)
}

/** What an endpoint did, at one of its stages if it has several. */
interface Judged extends Pick<ExplainedStage, 'direction' | 'action' | 'trace' | 'tiers'> {
  readonly name: string
}

function judgedLines(judged: Judged, notes: readonly string[], setting: TextSetting): string[] {
  const title = `${setting.style.heading(judged.name)}: ${paintAction(judged.action, setting)}`
  const tiers = judged.tiers.flatMap((tier) => tierLines(tier, judged, setting))
  const last = judged.trace.at(-1)
  const isOfTier = last?.kind === 'Rule' || last?.kind === 'TierDefault'
  return [title, ...tiers, ...notes, ...(last === undefined || isOfTier ? [] : [`  ${formatHit(last)}`])]
}

function tierLines({ name, hit, policies }: ConsideredTier, side: Judged, setting: TextSetting): string[] {
  const end =
    hit.kind === 'TierDefault'
      ? [`    no rule matched: end of tier: ${paintAction(hit.action, setting)}`]
      : []
  return [`  tier ${name}`, ...policies.flatMap((policy) => policyLines(policy, side, setting)), ...end]
}

/** How many rules of a policy that did not match are shown: those that were nearest to it. */
const mostRules = 5

function policyLines({ ref, rules }: ConsideredPolicy, side: Judged, setting: TextSetting): string[] {
  const { origins } = setting
  const title = withOrigin(`    ${formatPolicyRef(ref)}`, origins.ofPolicy(ref), setting)
  const nearest = rules.toSorted((a, b) => a.failed.length - b.failed.length).slice(0, mostRules)
  const shown = rules.filter((it) => nearest.includes(it))
  const left = rules.length - shown.length
  const lines = shown.map((rule) => {
    const origin = origins.ofPolicy(ref, pathOfRule(side, rule.index))
    return withOrigin(`      ${ruleText(rule, setting)}`, origin, setting)
  })
  const rest = left === 0 ? [] : [`      and ${left} more that did not match`]
  return [title, ...(rules.length === 0 ? ['      no rules'] : lines), ...rest]
}

function ruleText({ index, action, failed, knownBy }: ConsideredRule, setting: TextSetting): string {
  const name = `rule ${index} ${action}`
  const how = knownBy === undefined ? '' : ` ${visible(knownBy.name)} as ${visible(knownBy.pattern)}`
  if (failed.length === 0) return `rule ${index} matched${how}: ${paintAction(action, setting)}`
  return visible(`${name}: ${failed.map(({ message }) => message).join('; ')}`)
}

function withOrigin(text: string, origin: Origin, { style }: TextSetting): string {
  const place = formatOrigin(origin)
  return place === '' ? text : `${text}  ${style.faint(place)}`
}

function proposalLines({ proposals }: ExplainedConnection, verdict: Verdict, setting: TextSetting): string[] {
  const wanted = verdict === 'Allow' ? 'deny' : 'allow'
  if (proposals.length === 0) return ['', `No change of a policy or label was found that would ${wanted} it.`]
  const blocks = proposals.flatMap((proposal, index) => {
    const { effect, changes } = describeProposal(proposal, setting.origins)
    const summary = changes.map(({ summary }) => summary).join(', and ')
    return [
      `  ${index + 1}. ${summary}: ${describeEffect(effect)}`,
      ...changes.flatMap((it) => changeLines(it, setting)),
    ]
  })
  return ['', setting.style.heading(`What would ${wanted} it, the smallest first:`), ...blocks]
}

function changeLines(
  { command, origin, patch, manifest }: DescribedChange,
  { style }: TextSetting,
): string[] {
  const place = formatOrigin(origin)
  const note = style.faint(`# ${command}${place === '' ? '' : `  (${place})`}`)
  const value = patch ?? manifest
  const yaml = value === undefined ? [] : formatYaml(value).trimEnd().split('\n')
  return [note, ...yaml].map((line) => `       ${line}`)
}

function paint(verdict: Verdict, { style }: TextSetting): string {
  return verdict === 'Allow' ? style.good(verdict) : style.bad(verdict)
}

function paintAction(action: string, setting: TextSetting): string {
  return action === 'Allow' || action === 'Deny' ? paint(action, setting) : setting.style.mixed(action)
}
