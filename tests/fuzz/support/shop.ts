/** The cluster that recorded checks speak of: who checks out may pay, by mTLS, by some methods and paths. */
import type { ResourceObject } from '@margay/resources'

const pod = (name: string, ip: string, containerPort: number): ResourceObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace: 'shop', name, labels: { app: name } },
  spec: {
    serviceAccountName: name,
    nodeName: 'n1',
    containers: [{ name: 'main', image: 'i', ports: [{ containerPort }] }],
  },
  status: { phase: 'Running', podIPs: [{ ip }] },
})

const account = (name: string): ResourceObject => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { namespace: 'shop', name, labels: { who: name } },
})

export const shop: readonly ResourceObject[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
  account('checkout'),
  account('payments'),
  pod('checkout', '10.65.1.7', 80),
  pod('payments', '10.65.2.9', 8080),
  {
    apiVersion: 'projectcalico.org/v3',
    kind: 'NetworkPolicy',
    metadata: { namespace: 'shop', name: 'payments' },
    spec: {
      selector: "app == 'payments'",
      types: ['Ingress'],
      ingress: [
        {
          action: 'Allow',
          protocol: 'TCP',
          source: { serviceAccounts: { selector: "who == 'checkout'" } },
          destination: { ports: [8080] },
          http: { methods: ['POST', 'GET'], paths: [{ prefix: '/v1' }, { exact: '/public' }] },
        },
      ],
    },
  },
]
