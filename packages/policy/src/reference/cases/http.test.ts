/** What rules ask of HTTP requests. Source: spec/api.md I24; spec/dataplane.md 8.2. */
import { allow, policy } from './objects.testkit.ts'
import { testVerdicts } from './verdicts.testkit.ts'

const given = (http: object, ...more: object[]) => [
  policy('p', { selector: "app == 'db'", ingress: [{ ...allow, protocol: 'TCP', http }, ...more] }),
]
const to = 'shop/web > shop/db TCP 80'

testVerdicts([
  {
    name: 'a connection may be opened, whatever requests it may carry',
    given: given({ methods: ['GET'], paths: [{ exact: '/a' }] }),
    allows: [to, `${to} GET /a`],
    denies: ['shop/web > shop/db UDP 80', `${to} GET /b`, `${to} POST /a`],
  },
  {
    name: 'methods are compared as they are written',
    given: given({ methods: ['GET', 'HEAD'] }),
    allows: [`${to} GET /`, `${to} HEAD /x`],
    denies: [`${to} get /`, `${to} POST /`],
  },
  { name: '* is any method', given: given({ methods: ['*'] }), allows: [`${to} PURGE /`] },
  { name: 'nothing asked is nothing refused', given: given({}), allows: [`${to} PURGE /x`, to] },
  {
    name: 'exact is the whole path',
    given: given({ paths: [{ exact: '/a' }] }),
    allows: [`${to} GET /a`],
    denies: [`${to} GET /a/b`, `${to} GET /ab`, `${to} GET /`],
  },
  {
    name: 'a prefix is a number of whole segments',
    given: given({ paths: [{ prefix: '/a' }] }),
    allows: [`${to} GET /a`, `${to} GET /a/`, `${to} GET /a/b`],
    denies: [`${to} GET /ab`, `${to} GET /`, `${to} GET /b/a`],
  },
  {
    name: 'a slash at the end of a prefix says nothing',
    given: given({ paths: [{ prefix: '/a/' }] }),
    allows: [`${to} GET /a`, `${to} GET /a/b`],
    denies: [`${to} GET /ab`],
  },
  { name: '/ is the prefix of all', given: given({ paths: [{ prefix: '/' }] }), allows: [`${to} GET /x/y`] },
  {
    name: 'any of the methods with any of the paths, but both',
    given: given({ methods: ['PUT', 'GET'], paths: [{ exact: '/x' }, { prefix: '/a' }] }),
    allows: [`${to} PUT /x`, `${to} GET /a/b`],
    denies: [`${to} GET /y`, `${to} POST /x`],
  },
  {
    name: 'a later rule without http lets every request through',
    given: given({ methods: ['GET'] }, allow),
    allows: [`${to} POST /`],
  },
])
