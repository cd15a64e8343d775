export { type ClusterChange, ClusterFollower, type ClusterFollowerOptions } from './cluster-follower.ts'
export { ClusterView, canDoWithout, isOptionalKind, keyOfKind, policyKinds } from './cluster-view.ts'
