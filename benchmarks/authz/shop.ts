/**
 * A shop in a cluster of 500 pods and so many policies: ten pods check out, one takes payments, and what may be asked of it is said
 * by method and path. What proxies ask of it is the same in every run.
 */
import type { Resource, ResourceObject } from '@margay/resources'
import { WireWriter } from '../../apps/authz/src/codec/wire-writer.ts'
import { namespaceCount, namespaceObject, podObject } from '../world/pods.ts'
import { platformTier, policyObject } from '../world/policies.ts'
import { admitted } from '../world/world.ts'

const pods = 500
const checkouts = 10
const paymentsAddress = '10.90.0.1'

export function shopResources(policies: number): Resource[] {
  const namespaces = namespaceCount(pods)
  const others = Array.from({ length: policies - 1 }, (_, index) => policyObject(index, namespaces))
  return [
    ...Array.from({ length: namespaces }, (_, index) => namespaceObject(index)),
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
    platformTier,
    ...['checkout', 'payments'].map(accountNamed),
    ...Array.from({ length: pods }, (_, index) => podObject(index)),
    ...Array.from({ length: checkouts }, (_, index) => shopPod('checkout', index, checkoutAddress(index))),
    shopPod('payments', 0, paymentsAddress),
    paymentsPolicy,
    ...others,
  ].map(admitted)
}

function checkoutAddress(index: number): string {
  return `10.90.1.${index + 1}`
}

function accountNamed(name: string): ResourceObject {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace: 'shop', name } }
}

/** As an application of the world, so that global policies govern it like others. */
function shopPod(account: string, index: number, ip: string): ResourceObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: 'shop', name: `${account}-${index}`, labels: { app: 'app-3', shop: account } },
    spec: {
      nodeName: 'node-1',
      serviceAccountName: account,
      containers: [{ name: 'main', image: 'example.com/main:1' }],
    },
    status: { phase: 'Running', podIPs: [{ ip }] },
  }
}

const source = { serviceAccounts: { names: ['checkout'] } }
const paymentsPolicy: ResourceObject = {
  apiVersion: 'projectcalico.org/v3',
  kind: 'NetworkPolicy',
  metadata: { namespace: 'shop', name: 'payments' },
  spec: {
    order: 1,
    selector: "shop == 'payments'",
    types: ['Ingress'],
    ingress: [
      { action: 'Allow', protocol: 'TCP', source, http: { methods: ['GET'], paths: [{ exact: '/health' }] } },
      {
        action: 'Allow',
        protocol: 'TCP',
        source,
        http: { methods: ['GET', 'POST'], paths: [{ prefix: '/v1/charges' }, { prefix: '/v1/refunds' }] },
      },
      {
        action: 'Allow',
        protocol: 'TCP',
        source,
        http: { paths: [{ prefix: '/tenants' }] },
      },
    ],
  },
}

const asked = [
  ['GET', '/health'],
  ['POST', '/v1/charges?amount=12'],
  ['GET', '/v1/charges/5f0c/./lines'],
  ['POST', '/v1/refunds'],
  ['GET', '/tenants/red'],
  ['DELETE', '/v1/charges/5f0c'],
  ['GET', '/v1/%2e%2e/admin'],
] as const

/** CheckRequests as sidecars with mTLS send them; five of seven are allowed. */
export const shopRequests: readonly Buffer[] = Array.from(
  { length: asked.length * checkouts },
  (_, index) => {
    const [method, path] = asked[index % asked.length] ?? asked[0]
    return checkRequest(index % checkouts, method, path)
  },
)

function checkRequest(client: number, method: string, path: string): Buffer {
  const writer = new WireWriter()
  writer.message(1, () => {
    peer(writer, 1, checkoutAddress(client), 40_000 + client, 'checkout')
    peer(writer, 2, paymentsAddress, 8080, 'payments')
    writer.message(4, () =>
      writer.message(2, () => {
        writer.text(1, '13359530607844510314').text(2, method)
        for (const header of headersOf(method, path)) {
          writer.message(3, () => writer.text(1, header[0]).text(2, header[1]))
        }
        writer.text(4, path).text(5, 'payments.shop:8080').text(6, 'http').text(10, 'HTTP/1.1')
      }),
    )
  })
  return Buffer.from(writer.finish())
}

function peer(writer: WireWriter, field: number, address: string, port: number, account: string): void {
  writer.message(field, () => {
    writer.message(1, () => writer.message(1, () => writer.text(2, address).uint(3, port)))
    writer.text(4, `spiffe://cluster.local/ns/shop/sa/${account}`)
  })
}

/** What Envoy and a tracing library add is among them. */
function headersOf(method: string, path: string): readonly (readonly [string, string])[] {
  const tenant = path.startsWith('/tenants/') ? 'red' : 'none'
  return Object.entries({
    ':authority': 'payments.shop:8080',
    ':method': method,
    ':path': path,
    ':scheme': 'http',
    accept: 'application/json, text/plain;q=0.9, */*;q=0.8',
    'accept-encoding': 'gzip, deflate, br',
    authorization: `Bearer ${'eyJhbGciOiJFUzI1NiJ9'.repeat(12)}`,
    'content-type': 'application/json',
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    'user-agent': 'checkout/2.7 (linux; x64)',
    'x-b3-sampled': '1',
    'x-b3-spanid': '00f067aa0ba902b7',
    'x-b3-traceid': '4bf92f3577b34da6a3ce929d0e0e4736',
    'x-envoy-attempt-count': '1',
    'x-forwarded-client-cert':
      'By=spiffe://cluster.local/ns/shop/sa/payments;URI=spiffe://cluster.local/ns/shop/sa/checkout',
    'x-forwarded-proto': 'http',
    'x-request-id': 'c7f3a1de-8a0e-4d6e-9f6d-0a1b2c3d4e5f',
    'x-tenant': tenant,
  })
}
