/** An explanation for scripts: all that is known, under stable names. */
import {
  type ConsideredPolicy,
  type ConsideredTier,
  type ExplainedSide,
  type ExplainedStage,
  type Explanation,
  formatHit,
  formatPath,
  formatPolicyRef,
  protocolName,
} from '@margay/policy'
import { requestToPlain } from '../query/read-http.ts'
import { describeProposal } from './describe-change.ts'
import type { Explained, ExplainedConnection } from './explain-query.ts'
import type { Origins } from './origins.ts'

export function toData({ query, verdict, connections }: Explained, origins: Origins): object {
  return {
    verdict,
    from: query.from,
    to: query.to,
    protocol: protocolName(query.protocol),
    ...(query.port !== undefined && { port: query.port }),
    ...(query.http !== undefined && { http: requestToPlain(query.http) }),
    ...(query.toNames.length > 0 && { toNames: query.toNames }),
    connections: connections.map((it) => connectionData(it, origins)),
  }
}

function connectionData(connection: ExplainedConnection, origins: Origins): object {
  const { from, to, port, verdict, alike, sides, route, proposals } = connection
  return {
    from,
    to,
    ...(port !== undefined && { port }),
    verdict,
    alike,
    ...(sides !== undefined && sidesData(sides, origins)),
    ...(sides?.staged !== undefined && {
      staged: { verdict: sides.staged.decision.verdict, ...sidesData(sides.staged, origins) },
    }),
    ...(route !== undefined && {
      path: formatPath({ ...route, isDecided: true }),
      stages: route.stages.map((it) => stageData(it, origins)),
    }),
    changes: proposals.map((it) => proposalData(it, origins)),
  }
}

function proposalData(proposal: ExplainedConnection['proposals'][number], origins: Origins): object {
  const { effect, changes } = describeProposal(proposal, origins)
  const plain = changes.map(({ origin, patch, manifest, ...rest }) => {
    return {
      ...rest,
      ...origin,
      ...(patch !== undefined && { patch }),
      ...(manifest !== undefined && { manifest }),
    }
  })
  return { otherConnections: effect, steps: plain }
}

function sidesData({ egress, ingress }: Omit<Explanation, 'staged'>, origins: Origins): object {
  return {
    ...(egress !== undefined && { egress: sideData(egress, origins) }),
    ...(ingress !== undefined && { ingress: sideData(ingress, origins) }),
  }
}

type Directed = Pick<ExplainedSide, 'direction'>

function sideData(side: ExplainedSide, origins: Origins): object {
  const { endpoint, verdict } = side
  return { endpoint, verdict, ...reasonData(side, origins) }
}

function stageData(stage: ExplainedStage, origins: Origins): object {
  const { endpoint, direction, action } = stage
  return { stage: stage.stage, direction, endpoint, action, ...reasonData(stage, origins) }
}

function reasonData(judged: ExplainedSide | ExplainedStage, origins: Origins): object {
  const last = judged.trace.at(-1)
  return {
    decidedBy: last === undefined ? '' : formatHit(last),
    tiers: judged.tiers.map((tier) => tierData(tier, judged, origins)),
  }
}

function tierData({ name, hit, policies }: ConsideredTier, side: Directed, origins: Origins): object {
  return {
    name,
    action: hit.action,
    by: hit.kind === 'Rule' ? 'Rule' : 'TierDefault',
    policies: policies.map((it) => policyData(it, side, origins)),
  }
}

function policyData({ ref, rules, isDecisive }: ConsideredPolicy, side: Directed, origins: Origins): object {
  return {
    policy: formatPolicyRef(ref),
    ...origins.ofPolicy(ref),
    decided: isDecisive,
    rules: rules.map(({ index, action, failed, knownBy }) => {
      return {
        index,
        action,
        matched: failed.length === 0,
        failed,
        ...(knownBy !== undefined && { knownBy }),
        ...origins.ofPolicy(ref, pathOfRule(side, index)),
      }
    }),
  }
}

export function pathOfRule({ direction }: Directed, index: number): string {
  return `spec.${direction.toLowerCase()}[${index}]`
}
