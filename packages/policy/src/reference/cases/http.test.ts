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
  {
    name: 'paths are normalised, those of rules too',
    given: given({ paths: [{ exact: '/a//b/' }, { prefix: '/%63' }] }),
    allows: [
      `${to} GET /a/b`,
      `${to} GET /a/./b/?x`,
      `${to} GET /x/../a/%62`,
      `${to} GET /c/d`,
      `${to} GET //c`,
    ],
    denies: [
      `${to} GET /a`,
      `${to} GET /c/../d`,
      `${to} GET /c/%2e%2e/d`,
      `${to} GET /c/..;/d`,
      `${to} GET *`,
    ],
  },
  {
    name: 'what can not be normalised is no path that a rule names',
    given: given({ methods: ['GET'], paths: [{ prefix: '/' }] }),
    allows: [to, `${to} GET /a`],
    denies: [`${to} GET /%00`, `${to} GET /%252e%252e`, `${to} GET http://a/`, `${to} GET *`],
  },
  {
    name: 'a rule that names none is about it too',
    given: given({ methods: ['PUT'] }),
    allows: [`${to} PUT /%00`, `${to} PUT /a`],
    denies: [`${to} GET /%00`],
  },
  {
    name: 'a rule that no request satisfies lets no connection be opened',
    given: given({ paths: [{ exact: '/%' }] }),
    denies: [to, `${to} GET /%`, `${to} NotHttp`],
  },
  {
    name: 'neither does one that asks for a header to be there and to be absent',
    given: given({
      headers: [
        { header: 'x-team', operator: 'In', values: ['a'] },
        { header: 'X-Team', operator: 'DoesNotExist' },
      ],
    }),
    denies: [to, `${to} GET / x-team:a`],
  },
  {
    name: 'of headers all must hold',
    given: given({
      headers: [
        { header: 'X-Team', operator: 'In', values: ['a', 'b'] },
        { header: 'x-debug', operator: 'DoesNotExist' },
        { header: 'x-id', operator: 'Exists' },
        { header: 'x-old', operator: 'NotIn', values: ['1'] },
      ],
    }),
    allows: [to, `${to} GET / x-team:b x-id:`, `${to} GET / X-TEAM:a X-ID:7 x-old:2`],
    denies: [
      `${to} GET /`,
      `${to} GET / x-team:A x-id:1`,
      `${to} GET / x-team:a x-team:b x-id:1`,
      `${to} GET / x-team:a x-id:1 x-debug:`,
      `${to} GET / x-team:a x-id:1 x-old:2 x-old:1`,
      `${to} NotHttp`,
    ],
  },
  {
    name: 'the host is a header, in any case, with any port',
    given: given({ headers: [{ header: 'Host', operator: 'In', values: ['Shop.example'] }] }),
    allows: [`${to} GET / host:shop.example`, `${to} GET / Host:SHOP.EXAMPLE.:80`],
    denies: [`${to} GET /`, `${to} GET / host:admin.example`],
  },
  {
    name: 'what is no HTTP passes by rules that ask for none',
    given: given({ methods: ['*'] }, { ...allow, protocol: 'TCP', destination: { ports: [81] } }),
    allows: ['shop/web > shop/db TCP 81 NotHttp', 'shop/web > shop/db TCP 81 GET /', to],
    denies: [`${to} NotHttp`],
  },
])
