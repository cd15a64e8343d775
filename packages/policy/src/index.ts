export { type DistinctRange, distinctRanges } from './analyze/distinct-ranges.ts'
export { enforcedForm } from './analyze/enforced-form.ts'
export { policySuspicions } from './analyze/policy-suspicions.ts'
export { type NamingRule, rulesNaming } from './analyze/rules-naming.ts'
export { selectedEndpoints } from './analyze/selected-endpoints.ts'
export { selectsNothing } from './analyze/selects-nothing.ts'
export type { Suspicion } from './analyze/suspicious.ts'
export {
  type AddressClass,
  meets,
  namedPortsAt,
  namedPortsOf,
  servicePortsAt,
} from './classify/address-class.ts'
export type { AddressRange, HostAddress } from './classify/classified.ts'
export { type Criterion, criteriaOf, labelsReadBy, namesCriterionKey } from './classify/criteria.ts'
export { type ClassChanges, LiveClasses } from './classify/live-classes.ts'
export type { HostChange } from './classify/live-hosts.ts'
export type { Located } from './classify/located.ts'
export type { NamedAddress } from './classify/named-addresses.ts'
export { matchesPeers, type Peer, peerOfClass } from './classify/peer.ts'
export { Readings } from './classify/readings.ts'
export type {
  Decision,
  EndpointDecision,
  Hit,
  PathDecision,
  StageDecision,
  Verdict,
} from './evaluate/decision.ts'
export { evaluate } from './evaluate/evaluate.ts'
export { evaluatePath, type Leg, type PathNode, type PathPacket } from './evaluate/evaluate-path.ts'
export {
  evaluateRoute,
  type Route,
  type RouteDecision,
  type RouteHost,
} from './evaluate/evaluate-route.ts'
export { judgeWorkload } from './evaluate/judge-workload.ts'
export { matchesHttp } from './evaluate/match-http.ts'
export { type MetLog, metLogs } from './evaluate/met-logs.ts'
export type { Change, ChangeKind, PatchStep } from './explain/change/change.ts'
export type { Effect } from './explain/change/other-connections.ts'
export { type Proposal, smallestChanges, smallestRouteChanges } from './explain/change/smallest-change.ts'
export type { ConsideredPolicy, ConsideredRule, ConsideredTier } from './explain/considered.ts'
export { type ExplainedSide, type Explanation, explainFlow } from './explain/explain-flow.ts'
export { type ExplainedStage, explainRoute, type RouteExplanation } from './explain/explain-route.ts'
export type { FailedCriterion } from './explain/failed-criteria.ts'
export {
  formatHit,
  formatPath,
  formatReason,
  formatTrace,
  stageName,
} from './explain/format-decision.ts'
export { formatRequest } from './explain/format-http.ts'
export type { KnownName } from './explain/known-name.ts'
export { hostName, type Proof, proofOf } from './explain/proof.ts'
export { escapePath, maxPathLength, normalizePath } from './http/normalize-path.ts'
export { type RawRequest, readRequest } from './http/read-request.ts'
export type { ObjectProblem } from './lower/lower-endpoint.ts'
export type { PolicyProblem } from './lower/lower-policy.ts'
export type { DnsSettings } from './model/dns-settings.ts'
export type { EncryptionDevice, EncryptionSettings } from './model/encryption-settings.ts'
export type { Endpoint, NamedPort, ProfileRef } from './model/endpoint.ts'
export type {
  Bandwidth,
  DirectionLimits,
  EndpointLimits,
  PacketRate,
  PeakRate,
} from './model/endpoint-limits.ts'
export type { Flow, FlowPeer, HttpRequest, Sent } from './model/flow.ts'
export { everyInterface, type HostEndpoint } from './model/host-endpoint.ts'
export type { NetworkSetEntry } from './model/network-set.ts'
export type {
  FailsafePort,
  LogRateLimit,
  MetricsSettings,
  NodeSettings,
  NodeTunnels,
} from './model/node-settings.ts'
export { formatPolicyRef, type Policy, type PolicyRef, type Tier } from './model/policy.ts'
export type { Profile } from './model/profile.ts'
export { hasPorts, protocolName, protocolNumber, protocols } from './model/protocol.ts'
export type {
  Action,
  Direction,
  HttpHeaderMatch,
  HttpMatch,
  HttpPathMatch,
  IcmpMatch,
  PeerMatch,
  PortMatch,
  Rule,
} from './model/rule.ts'
export { type CheckedAssertion, checkAssertions } from './space/assertions.ts'
export { Connectivity, type ConnectivityOptions } from './space/connectivity.ts'
export {
  type Differences,
  differencesBetween,
  type NodeDifferences,
  type Seen,
} from './space/difference.ts'
export { type Block, type BlockRow, flowsBetween } from './space/flows-between.ts'
export { formatRequests } from './space/format-requests.ts'
export { formatTraffic, type TrafficPart, trafficParts } from './space/format-traffic.ts'
export type { HostChangeRow } from './space/host-changes.ts'
export type { Governors, HostDifference } from './space/host-differences.ts'
export type { HostPeer } from './space/host-ends.ts'
export { type HostBlock, type HostRow, hostFlows } from './space/host-flows.ts'
export { HostRoutes, type HostRoutesOptions } from './space/host-routes.ts'
export type { DifferenceRow } from './space/joint-map.ts'
export { type LimitedRow, limitedFlows, type RequestLimit } from './space/limited-flows.ts'
export { type Check, type Finding, lintPolicies } from './space/lint.ts'
export type { NamedDifference } from './space/named-differences.ts'
export { type NamedRow, namedFlows } from './space/named-flows.ts'
export { namesDomains } from './space/names-domains.ts'
export type { SettingsDifference } from './space/node-settings-differences.ts'
export type { OutsidePeer, SpacePeer } from './space/peer-classes.ts'
export type { Region, Slab } from './space/region.ts'
export type { RequestDifference } from './space/request-differences.ts'
export { cidrsOfSpan, type Span, subtractSpans } from './space/span.ts'
export { type ProtocolSlice, type Traffic, Traffics } from './space/traffic.ts'
export { versionsIn } from './space/versions.ts'
export { peerOf, type WitnessPacket, witnessPacket, witnessPeers } from './space/witness.ts'
export type { WorkloadPeer } from './space/workload-facts.ts'
export { addressKey } from './state/address-key.ts'
export type { AddressPort, AddressPortSet } from './state/address-port-set.ts'
export type { AddressSet } from './state/address-set.ts'
export {
  type BuiltState,
  buildPolicyState,
  StateBuilder,
  UnknownResourceError,
  type UpdatedState,
} from './state/build-state.ts'
export type { Delta } from './state/delta.ts'
export type { EffectiveHostPolicy, HostStage } from './state/effective-host-policy.ts'
export type { EffectivePolicy, EffectiveTier } from './state/effective-policy.ts'
export { selects } from './state/policy-index.ts'
export type { PolicyState, PolicyView } from './state/policy-state.ts'
export {
  type GoverningEndpoints,
  isWorkloadInterface,
  type NodeInterface,
  resolveHostEndpoints,
} from './state/resolve-host-endpoints.ts'
export { enforcedKinds } from './state/resource-table.ts'
export type { ServiceSet } from './state/service-set.ts'
export type { ResourceChange, StateDelta } from './state/state-delta.ts'
