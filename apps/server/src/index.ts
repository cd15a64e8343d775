export type { ChainHead, Verification } from './audit/chain.ts'
export { type AuditEvent, annotation } from './audit/event.ts'
export { type AuditFilter, readAuditEvents } from './audit/read-events.ts'
export { verifyLog } from './audit/verify-log.ts'
export type { AuthenticationOptions, OidcFlags } from './authentication/run-options.ts'
export type { Clock, Log, Random } from './environment.ts'
export type { TlsOptions } from './http/listen.ts'
export { openServer, type RunningServer, type RunOptions, runServer } from './main.ts'
export {
  type ClientIdentity,
  createCertificateAuthority,
  issueClientCertificate,
  issueServerCertificate,
  type KeyPair,
  type ServerIdentity,
  type Validity,
} from './pki/certificates.ts'
export { ensurePki, type Files, type Pki, type PkiOptions } from './pki/ensure-pki.ts'
export {
  CredentialsError,
  type IssuedKubeconfig,
  type IssueOptions,
  issueKubeconfig,
  nodeIdentity,
} from './pki/issue-kubeconfig.ts'
export { formatKubeconfig, type KubeconfigOptions } from './pki/kubeconfig.ts'
export { systemFiles } from './real-environment.ts'
export { type Server, type ServerOptions, startServer } from './start-server.ts'
export { StartupError, type StartupProblem } from './startup-error.ts'
export {
  databasePath,
  type EtcdOptions,
  openSharedStore,
  openSnapshot,
  openStore,
} from './storage/open-store.ts'
