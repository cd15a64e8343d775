/** A kubeconfig file. Source: Kubernetes, "Organizing Cluster Access Using kubeconfig Files". */
import type { KeyPair } from './certificates.ts'

export interface KubeconfigOptions {
  /** Base URL, as https://127.0.0.1:6443. */
  readonly server: string
  /** PEM. */
  readonly caCert: string
  readonly client: KeyPair
  readonly user: string
}

/** Self-contained: the certificates are inside, so the file can be moved. It holds a private key. */
export function formatKubeconfig({ server, caCert, client, user }: KubeconfigOptions): string {
  return `apiVersion: v1
kind: Config
current-context: margay
clusters:
  - name: margay
    cluster:
      server: ${JSON.stringify(server)}
      certificate-authority-data: ${base64(caCert)}
users:
  - name: ${JSON.stringify(user)}
    user:
      client-certificate-data: ${base64(client.cert)}
      client-key-data: ${base64(client.key)}
contexts:
  - name: margay
    context:
      cluster: margay
      user: ${JSON.stringify(user)}
      namespace: default
`
}

function base64(pem: string): string {
  return Buffer.from(pem).toString('base64')
}
