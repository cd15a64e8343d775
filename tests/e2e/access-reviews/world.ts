/** Roles, bindings and questions by chance, the same for the same seed. */

export interface Question {
  readonly user: string
  readonly groups: readonly string[]
  readonly resourceAttributes?: Readonly<Record<string, string>>
  readonly nonResourceAttributes?: Readonly<Record<string, string>>
}

/** Somebody tries to make a role or a binding; as a path and an object to post. */
export interface Attempt {
  readonly user: string
  readonly groups: readonly string[]
  readonly path: string
  readonly object: object
}

export interface World {
  readonly namespaces: readonly string[]
  /** In the order to create them in: paths to post to, with the objects. */
  readonly objects: readonly { readonly path: string; readonly object: object }[]
  readonly questions: readonly Question[]
  readonly attempts: readonly Attempt[]
}

const rbac = '/apis/rbac.authorization.k8s.io/v1'
const apiVersion = 'rbac.authorization.k8s.io/v1'
const apiGroup = 'rbac.authorization.k8s.io'
const namespaces = ['north', 'south']
const verbs = ['get', 'list', 'watch', 'create', 'delete', '*']
const groups = ['', 'networking.k8s.io', 'projectcalico.org', '*']
// Without policies of Calico's group, whose rights are those of their tier.
const resources = ['pods', 'pods/status', 'services', 'networksets', 'tiers', 'tier.networkpolicies']
const wideResources = [...resources, '*', '*/status', 'pods/*', 'pods*']
const names = ['web', 'db', 'default', 'default.*', 'default.web']
const urls = ['/healthz', '/healthz/ping', '/version', '/api', '/api/v1', '/apis/x']
const wideUrls = [...urls, '*', '/api/*', '/healthz*', '/healthz/*', '/*', '/api*/v1']
const teams = ['red', 'blue']
const people = ['ann', 'bob', 'cyd', 'system:serviceaccount:north:robot', 'system:serviceaccount:south:robot']

export function makeWorld(seed: number): World {
  const dice = new Dice(seed)
  const clusterRoles = Array.from({ length: 24 }, (_, n) => clusterRole(dice, `c${n}`))
  const roles = namespaces.flatMap((namespace) =>
    Array.from({ length: 8 }, (_, n) => ({
      path: `${rbac}/namespaces/${namespace}/roles`,
      object: {
        apiVersion,
        kind: 'Role',
        metadata: { name: `r${n}`, namespace },
        rules: rulesOf(dice, false),
      },
    })),
  )
  const bindings = Array.from({ length: 14 }, (_, n) => clusterBinding(dice, `cb${n}`))
  const local = Array.from({ length: 30 }, (_, n) => localBinding(dice, `b${n}`))
  return {
    namespaces,
    objects: [...clusterRoles, ...roles, ...bindings, ...local, ...rightToWriteRoles()],
    questions: Array.from({ length: 4000 }, () => question(dice)),
    attempts: Array.from({ length: 600 }, (_, n) => attempt(dice, `new-${n}`)),
  }
}

/** Everybody may write roles and bindings: what stops them is that they may not give what they don't have. */
function rightToWriteRoles() {
  const resources = ['roles', 'rolebindings', 'clusterroles', 'clusterrolebindings']
  const rules = [{ apiGroups: [apiGroup], resources, verbs: ['create'] }]
  const name = 'role-writers'
  const subjects = [{ kind: 'Group', name: 'everybody', apiGroup }]
  const roleRef = { apiGroup, kind: 'ClusterRole', name }
  return [
    { path: `${rbac}/clusterroles`, object: { apiVersion, kind: 'ClusterRole', metadata: { name }, rules } },
    {
      path: `${rbac}/clusterrolebindings`,
      object: { apiVersion, kind: 'ClusterRoleBinding', metadata: { name }, roleRef, subjects },
    },
  ]
}

/** None is aggregated: that is the work of a controller, not of the server that the answers are from. */
function clusterRole(dice: Dice, name: string) {
  const object = { apiVersion, kind: 'ClusterRole', metadata: { name }, rules: rulesOf(dice, true) }
  return { path: `${rbac}/clusterroles`, object }
}

function rulesOf(dice: Dice, mayNameUrls: boolean) {
  return Array.from({ length: 1 + dice.below(3) }, () =>
    mayNameUrls && dice.chance(0.25)
      ? { nonResourceURLs: dice.some(wideUrls), verbs: dice.some(verbs) }
      : resourceRule(dice),
  )
}

function resourceRule(dice: Dice) {
  const rule = { apiGroups: dice.some(groups), resources: dice.some(wideResources), verbs: dice.some(verbs) }
  return dice.chance(0.35) ? { ...rule, resourceNames: dice.some(names) } : rule
}

function subjectsOf(dice: Dice) {
  return dice.some([
    { kind: 'User', name: dice.of(people), apiGroup },
    { kind: 'Group', name: dice.of(teams), apiGroup },
    { kind: 'Group', name: 'system:serviceaccounts:north', apiGroup },
    { kind: 'ServiceAccount', name: 'robot', namespace: dice.of(namespaces) },
  ])
}

function clusterBinding(dice: Dice, name: string) {
  const roleRef = { apiGroup, kind: 'ClusterRole', name: `c${dice.below(26)}` }
  const object = {
    apiVersion,
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef,
    subjects: subjectsOf(dice),
  }
  return { path: `${rbac}/clusterrolebindings`, object }
}

function localBinding(dice: Dice, name: string) {
  const namespace = dice.of(namespaces)
  const roleRef = dice.chance(0.5)
    ? { apiGroup, kind: 'ClusterRole', name: `c${dice.below(26)}` }
    : { apiGroup, kind: 'Role', name: `r${dice.below(9)}` }
  const object = {
    apiVersion,
    kind: 'RoleBinding',
    metadata: { name, namespace },
    roleRef,
    subjects: subjectsOf(dice),
  }
  return { path: `${rbac}/namespaces/${namespace}/rolebindings`, object }
}

function somebody(dice: Dice): { user: string; groups: string[] } {
  const user = dice.of(people)
  const [, , namespace] = user.split(':')
  const own = namespace === undefined ? [] : ['system:serviceaccounts', `system:serviceaccounts:${namespace}`]
  return { user, groups: [...own, ...(dice.chance(0.4) ? [dice.of(teams)] : [])] }
}

function question(dice: Dice): Question {
  const verb = dice.of([...verbs, 'patch'])
  if (dice.chance(0.2))
    return { ...somebody(dice), nonResourceAttributes: { path: dice.of([...urls, '/apis/x/', '/']), verb } }
  const [resource = '', subresource = ''] = dice.of([...resources, 'services/status', '*']).split('/')
  const group = dice.of(groups)
  const namespace = dice.of([...namespaces, ''])
  const name = dice.chance(0.6) ? dice.of(names) : ''
  return { ...somebody(dice), resourceAttributes: { verb, group, resource, subresource, namespace, name } }
}

function attempt(dice: Dice, name: string): Attempt {
  const { user, groups: own } = somebody(dice)
  const made = dice.of([
    () => clusterRole(dice, name),
    () => ({
      path: `${rbac}/namespaces/north/roles`,
      object: {
        apiVersion,
        kind: 'Role',
        metadata: { name, namespace: 'north' },
        rules: rulesOf(dice, false),
      },
    }),
    () => clusterBinding(dice, name),
    () => localBinding(dice, name),
  ])()
  return { user, groups: [...own, 'everybody'], ...made }
}

/** Mulberry32. */
class Dice {
  #state: number

  constructor(seed: number) {
    this.#state = seed
  }

  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit
  }

  chance(probability: number): boolean {
    return this.below(1000) < probability * 1000
  }

  of<T>(all: readonly T[]): T {
    const one = all[this.below(all.length)]
    if (one === undefined) throw new RangeError('nothing to choose from')
    return one
  }

  /** One or two of them. */
  some<T>(all: readonly T[]): T[] {
    return [...new Set([this.of(all), ...(this.chance(0.4) ? [this.of(all)] : [])])]
  }
}
