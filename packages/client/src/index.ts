export {
  ApiClient,
  type ApplyResult,
  type ClientOptions,
  type ListOptions,
  type ObjectRef,
  type PatchType,
  type ResourceList,
  type Scope,
  UnexpectedAnswerError,
  type WatchOptions,
  type WriteOptions,
} from './api-client.ts'
export { lastAppliedAnnotation } from './apply/last-applied.ts'
export { type ClientConfig, ClientConfigError } from './config/client-config.ts'
export {
  type KubeconfigOptions,
  type KubeconfigSource,
  mergeKubeconfigs,
  parseKubeconfig,
} from './config/parse-kubeconfig.ts'
export { ApiSwitch, type FollowedApi } from './credentials/api-switch.ts'
export { CredentialsWatch, type CredentialsWatchOptions } from './credentials/credentials-watch.ts'
export {
  ApiError,
  isAlreadyExists,
  isConflict,
  isForbidden,
  isGone,
  isNotFound,
  type StatusCause,
  type StatusDetails,
} from './http/api-error.ts'
export { ConnectionError, type ConnectionProblem } from './http/connection-error.ts'
export type { BackOffLimits } from './informer/back-off.ts'
export type { Clock } from './informer/clock.ts'
export { Informer, type InformerChange, type InformerOptions } from './informer/informer.ts'
export { type ObjectChange, objectKey } from './informer/object-cache.ts'
export { systemClock } from './system-clock.ts'
export { type WatchEvent, WatchProtocolError } from './watch/watch-event.ts'
