/** Services as peers. Source: spec/api.md 2 (services), spec/dataplane.md 2.3. */
import { allow, deny, endpointSlice, globalPolicy, hostEndpoint, policy } from './objects.testkit.ts'
import { testVerdicts } from './verdicts.testkit.ts'

const to = (services: object) => ({ ...allow, destination: { services } })
const from = (services: object, more: object = {}) => ({ ...allow, source: { services }, ...more })
const fromWeb = (...egress: object[]) => policy('p', { selector: "app == 'web'", egress })
const toDb = (...ingress: object[]) => policy('p', { selector: "app == 'db'", ingress })
const endpoints = (...addresses: string[]) => [{ addresses }]

const db = endpointSlice('db-1', 'db', {
  endpoints: endpoints('10.0.0.2'),
  ports: [
    { name: 'sql', port: 5432 },
    { name: 'dns', port: 53, protocol: 'UDP' },
  ],
})
const outside = endpointSlice('out-1', 'db', {
  endpoints: endpoints('203.0.113.5'),
  ports: [{ port: 80 }],
})

testVerdicts([
  {
    name: 'an egress rule means the addresses of the service with their ports and protocols',
    given: [db, fromWeb(to({ name: 'db' }))],
    allows: ['shop/web > shop/db TCP 5432', 'shop/web > shop/db UDP 53'],
    denies: [
      'shop/web > shop/db TCP 53',
      'shop/web > shop/db TCP 80',
      'shop/web > bank/teller TCP 5432',
      'shop/web > shop/db ICMP 8/0',
      'shop/web > shop/db TCP 5432 over IPv6',
    ],
  },
  {
    name: 'all slices of a service count, each address with the ports of its own slice; addresses may be anywhere',
    given: [db, outside, fromWeb(to({ name: 'db' }))],
    allows: ['shop/web > shop/db TCP 5432', 'shop/web > 203.0.113.5 TCP 80'],
    denies: ['shop/web > shop/db TCP 80', 'shop/web > 203.0.113.5 TCP 5432'],
  },
  {
    name: 'an ingress rule means the addresses alone',
    given: [
      endpointSlice('web-1', 'web', { endpoints: endpoints('10.0.0.1'), ports: [{ port: 8080 }] }),
      toDb(from({ name: 'web' })),
    ],
    allows: ['shop/web > shop/db TCP 80', 'shop/web > shop/db UDP 1>53', 'shop/web > shop/db ICMP 8/0'],
    denies: ['bank/teller > shop/db TCP 80'],
  },
  {
    name: 'a source may have ports beside it',
    given: [
      endpointSlice('web-1', 'web', { endpoints: endpoints('10.0.0.1') }),
      toDb({ ...allow, protocol: 'TCP', source: { services: { name: 'web' }, ports: [4000] } }),
    ],
    allows: ['shop/web > shop/db TCP 4000>80'],
    denies: ['shop/web > shop/db TCP 4001>80'],
  },
  {
    name: 'without a namespace it is the policy’s own',
    given: [
      endpointSlice('db-1', 'db', { endpoints: endpoints('10.0.1.1'), ports: [{ port: 80 }] }, 'bank'),
      db,
      fromWeb(to({ name: 'db' })),
    ],
    allows: ['shop/web > shop/db TCP 5432'],
    denies: ['shop/web > bank/teller TCP 80'],
  },
  {
    name: 'with a namespace it is that one, in global policies too',
    given: [
      endpointSlice('db-1', 'db', { endpoints: endpoints('10.0.1.1'), ports: [{ port: 80 }] }, 'bank'),
      globalPolicy('p', { selector: "app == 'web'", egress: [to({ name: 'db', namespace: 'bank' })] }),
    ],
    allows: ['shop/web > bank/teller TCP 80'],
    denies: ['shop/web > shop/db TCP 5432'],
  },
  {
    name: 'protocol and IP version narrow it further',
    given: [db, fromWeb({ ...to({ name: 'db' }), protocol: 'UDP' })],
    allows: ['shop/web > shop/db UDP 53'],
    denies: ['shop/web > shop/db TCP 5432'],
  },
  {
    name: 'addresses that are not ready count too',
    given: [
      endpointSlice('db-1', 'db', {
        endpoints: [{ addresses: ['10.0.0.2'], conditions: { ready: false, terminating: true } }],
        ports: [{ port: 80 }],
      }),
      fromWeb(to({ name: 'db' })),
    ],
    allows: ['shop/web > shop/db TCP 80'],
  },
  {
    name: 'a port without a number, and an address that is a name, are nobody’s',
    given: [
      endpointSlice('db-1', 'db', { endpoints: endpoints('10.0.0.2'), ports: [{ name: 'any' }] }),
      endpointSlice('db-2', 'db', {
        addressType: 'FQDN',
        endpoints: endpoints('db.example.com'),
        ports: [{ port: 80 }],
      }),
      fromWeb(to({ name: 'db' })),
    ],
    denies: ['shop/web > shop/db TCP 80', 'shop/web > 203.0.113.5 TCP 80'],
  },
  {
    name: 'IPv6 slices',
    given: [
      endpointSlice('db-6', 'db', {
        addressType: 'IPv6',
        endpoints: endpoints('fd00::2'),
        ports: [{ port: 80 }],
      }),
      fromWeb(to({ name: 'db' })),
    ],
    allows: ['shop/web > shop/db TCP 80 over IPv6'],
    denies: ['shop/web > shop/db TCP 80'],
  },
  {
    name: 'a service that nobody has heard of matches nobody, in Deny rules too',
    given: [db, fromWeb({ ...deny, destination: { services: { name: 'other' } } }, to({ name: 'db' }))],
    allows: ['shop/web > shop/db TCP 5432'],
    denies: ['shop/web > 203.0.113.5 TCP 80'],
  },
  {
    name: 'the address of a host endpoint is one like others',
    given: [
      hostEndpoint('h', { interfaceName: 'eth0', expectedIPs: ['203.0.113.5'] }),
      outside,
      fromWeb(to({ name: 'db' })),
    ],
    allows: ['shop/web > 203.0.113.5 TCP 80'],
  },
])
