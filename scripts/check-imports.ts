/**
 * Holds the table of rooms in docs/architecture.md: imports go only to a lower rank, apps meet only over the API, the
 * portable rooms use no Node built-ins, and nothing imports in a circle. Fails too when it saw fewer modules than there are.
 */
import { cruise, type IForbiddenRuleType } from 'dependency-cruiser'

const mayImport: Readonly<Record<string, readonly string[]>> = {
  'packages/netset': [],
  'packages/resources': ['netset'],
  'packages/netlink': [],
  'packages/metrics': [],
  'packages/policy': ['netset', 'resources'],
  'packages/storage': ['resources'],
  'packages/client': ['resources'],
  'packages/lab': ['resources', 'netlink'],
  'packages/dataplane': ['netset', 'netlink', 'policy'],
  'packages/cluster-view': ['resources', 'client', 'policy'],
  'packages/testkit': ['netset', 'resources', 'client', 'policy'],
  'apps/server': ['netset', 'resources', 'storage', 'policy'],
  'apps/agent': [
    'metrics',
    'netset',
    'resources',
    'netlink',
    'client',
    'policy',
    'cluster-view',
    'dataplane',
  ],
  'apps/authz': ['metrics', 'netset', 'resources', 'client', 'policy', 'cluster-view'],
  'apps/cli': [
    'metrics',
    'netset',
    'resources',
    'netlink',
    'policy',
    'storage',
    'client',
    'lab',
    'dataplane',
    'server',
    'agent',
    'authz',
  ],
}

const portable = 'packages/(netset|resources|policy|dataplane)'
const test = '[.](test|testkit|bench)[.]ts$'

const rules: IForbiddenRuleType[] = [
  ...Object.entries(mayImport).map(([room, allowed]) => roomRule(room, allowed)),
  {
    name: 'portable-rooms-use-no-node',
    severity: 'error',
    from: { path: `^${portable}/src`, pathNot: test },
    to: { dependencyTypes: ['core'] },
  },
  {
    name: 'no-circle',
    severity: 'error',
    from: {},
    to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
  },
  {
    name: 'declared-in-package-json',
    severity: 'error',
    from: { path: '^(packages|apps)/', pathNot: test },
    to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
  },
  {
    name: 'reference-shares-nothing-with-the-evaluator',
    severity: 'error',
    from: { path: '^packages/policy/src/reference/', pathNot: test },
    to: { path: '^packages/policy/src/(lower|state|evaluate)/' },
  },
  {
    name: 'reference-is-for-tests-only',
    severity: 'error',
    from: { pathNot: [test, '^packages/policy/src/reference/'] },
    to: { path: '^packages/policy/src/reference/' },
  },
  { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
]

/** Tests may use the testkit besides what their room may import. */
function roomRule(room: string, allowed: readonly string[]): IForbiddenRuleType {
  const reachable = [room, ...allowed.map((name) => `(packages|apps)/${name}`)]
  return {
    name: `${room}-imports-lower-rooms-only`,
    severity: 'error',
    from: { path: `^${room}/src`, pathNot: test },
    to: { path: '^(packages|apps)/', pathNot: reachable.map((path) => `^${path}/`) },
  }
}

const leastModules = 150

const result = await cruise(
  ['packages', 'apps'],
  {
    ruleSet: { forbidden: rules },
    validate: true,
    parser: 'swc',
    tsPreCompilationDeps: 'specify',
    exclude: { path: '(^|/)(dist|node_modules)/' },
    doNotFollow: { path: 'node_modules' },
    combinedDependencies: true,
  },
  {
    exportsFields: ['exports'],
    conditionNames: ['import', 'node', 'default'],
    extensions: ['.ts', '.js', '.json'],
  } as never,
)
if (typeof result.output === 'string') throw new Error('dependency-cruiser gave a report instead of data')
const { summary } = result.output
for (const violation of summary.violations)
  console.error(`${violation.rule.name}: ${violation.from} → ${violation.to}`)
const ours = result.output.modules.filter((module) => /^(packages|apps)\//.test(module.source)).length
console.log(`${ours} modules, ${summary.violations.length} forbidden imports`)
if (ours < leastModules)
  console.error(
    `only ${ours} modules were seen, expected at least ${leastModules}: the check itself is broken`,
  )
process.exitCode = summary.violations.length > 0 || ours < leastModules ? 1 : 0
