/** Requests to the API of examples/authz/policies.yaml, and what becomes of each: what a proxy lets through, and what `margay explain` says. */
export interface Expected {
  /** A pod of `shop`, or `ops/POD`. */
  readonly from: string
  /** `METHOD PATH`. */
  readonly line: string
  readonly headers?: readonly (readonly [name: string, value: string])[]
  readonly verdict: 'Allow' | 'Deny'
  readonly tier: string
  readonly policy: string
  /** Undefined: the tier's default action. */
  readonly rule?: number
}

const api = { tier: 'default', policy: 'np:shop/api' }
const blue = ['x-tenant', 'blue'] as const

export const requests: readonly Expected[] = [
  { from: 'web', line: 'GET /', verdict: 'Allow', ...api, rule: 0 },
  { from: 'web', line: 'GET /public', verdict: 'Allow', ...api, rule: 0 },
  { from: 'web', line: 'HEAD /public/a', verdict: 'Allow', ...api, rule: 0 },
  { from: 'web', line: 'GET /publicity', verdict: 'Deny', ...api },
  { from: 'web', line: 'GET /admin', verdict: 'Deny', ...api },
  { from: 'web', line: 'DELETE /public', verdict: 'Deny', ...api },
  { from: 'web', line: 'OPTIONS /public', verdict: 'Deny', ...api },
  { from: 'web', line: 'POST /orders', headers: [blue], verdict: 'Allow', ...api, rule: 1 },
  {
    from: 'web',
    line: 'POST /orders/7',
    headers: [['X-Tenant', ' green ']],
    verdict: 'Allow',
    ...api,
    rule: 1,
  },
  { from: 'web', line: 'POST /orders', verdict: 'Deny', ...api },
  { from: 'web', line: 'POST /orders', headers: [['x-tenant', 'red']], verdict: 'Deny', ...api },
  { from: 'web', line: 'POST /orders', headers: [['x-tenant', 'Blue']], verdict: 'Deny', ...api },
  { from: 'web', line: 'POST /orders', headers: [blue, ['x-debug', '']], verdict: 'Deny', ...api },
  { from: 'batch', line: 'POST /shop.Reports/List', verdict: 'Allow', ...api, rule: 2 },
  { from: 'batch', line: 'POST /shop.Admin/List', verdict: 'Deny', ...api },
  { from: 'guest', line: 'GET /public', verdict: 'Deny', ...api },
  {
    from: 'ops/scanner',
    line: 'GET /public',
    verdict: 'Deny',
    tier: 'platform',
    policy: 'gnp:platform.apis',
    rule: 0,
  },
]
