/**
 * The number that a Kubernetes quantity means, rounded up to a whole one: `10M`, `4Gi`, `1.5k`, `2e6`. Undefined for other
 * texts and for negative ones. Source: Kubernetes API, apimachinery resource.Quantity.
 */
export function parseQuantity(text: string): number | undefined {
  const [, digits, suffix = ''] = /^\+?(\d+\.?\d*|\.\d+)([A-Za-z]*|[eE][+-]?\d+)$/.exec(text.trim()) ?? []
  const factor = factorOf(suffix)
  return digits === undefined || factor === undefined ? undefined : Math.ceil(Number(digits) * factor)
}

function factorOf(suffix: string): number | undefined {
  const exponent = /^[eE]([+-]?\d{1,2})$/.exec(suffix)?.[1]
  return exponent === undefined ? factors.get(suffix) : 10 ** Number(exponent)
}

const factors = new Map([
  ['', 1],
  ['n', 1e-9],
  ['u', 1e-6],
  ['m', 1e-3],
  ['k', 1e3],
  ['M', 1e6],
  ['G', 1e9],
  ['T', 1e12],
  ['P', 1e15],
  ['E', 1e18],
  ['Ki', 2 ** 10],
  ['Mi', 2 ** 20],
  ['Gi', 2 ** 30],
  ['Ti', 2 ** 40],
  ['Pi', 2 ** 50],
  ['Ei', 2 ** 60],
])
