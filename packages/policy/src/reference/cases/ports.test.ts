/** Ports by number, range and name, and their negations. Source: spec/api.md 2 (named port match), I18. */
import { describe } from 'vitest'
import { allow, globalPolicy, networkSet, pod, policy } from './objects.testkit.ts'
import { testVerdicts } from './verdicts.testkit.ts'

const web = (what: string) => `shop/web > shop/db ${what}`
const rule = (spec: object) => policy('p', { selector: "app == 'db'", ingress: [{ ...allow, ...spec }] })
const ports = (...list: unknown[]) => rule({ protocol: 'TCP', destination: { ports: list } })
const notPorts = (...list: unknown[]) => rule({ protocol: 'TCP', destination: { notPorts: list } })

describe('by number', () => {
  testVerdicts([
    {
      name: 'ports are alternatives: numbers, digits and ranges with both their ends',
      given: [ports(22, '443', '8000:8002')],
      allows: [web('TCP 22'), web('TCP 443'), web('TCP 8000'), web('TCP 8002')],
      denies: [web('TCP 21'), web('TCP 7999'), web('TCP 8003'), web('UDP 22')],
    },
    {
      name: 'overlapping and adjoining ranges are one',
      given: [ports('10:20', '15:30', '31:40')],
      allows: [web('TCP 10'), web('TCP 30'), web('TCP 31'), web('TCP 40')],
      denies: [web('TCP 9'), web('TCP 41')],
    },
    {
      name: 'notPorts take out',
      given: [notPorts(22, '8000:8002')],
      allows: [web('TCP 21'), web('TCP 8003')],
      denies: [web('TCP 22'), web('TCP 8001'), web('UDP 21')],
    },
    {
      name: 'ports and notPorts must both hold',
      given: [rule({ protocol: 'TCP', destination: { ports: ['1:100'], notPorts: [80] } })],
      allows: [web('TCP 79'), web('TCP 81')],
      denies: [web('TCP 80'), web('TCP 101')],
    },
    {
      name: 'ports of the source are its own',
      given: [rule({ protocol: 'UDP', source: { ports: [53], notPorts: [54] } })],
      allows: [web('UDP 53>4000')],
      denies: [web('UDP 4000>53'), web('UDP 54>53')],
    },
    {
      name: 'ports of both sides must hold',
      given: [rule({ protocol: 'TCP', source: { ports: ['1000:2000'] }, destination: { ports: [80] } })],
      allows: [web('TCP 1500>80')],
      denies: [web('TCP 80>1500'), web('TCP 2001>80')],
    },
  ])
})

describe('by name', () => {
  const toBoth = (number: number) => [
    `bank/teller > shop/db TCP ${number}`,
    `bank/teller > shop/web TCP ${number}`,
  ]
  testVerdicts([
    {
      name: 'a name is the number that each pod gives it',
      given: [policy('p', { ingress: [{ ...allow, protocol: 'TCP', destination: { ports: ['http'] } }] })],
      allows: [web('TCP 80'), 'shop/db > shop/web TCP 8080'],
      denies: [web('TCP 8080'), 'shop/db > shop/web TCP 80'],
    },
    {
      name: 'a name is of the protocol that the pod gives it',
      given: [rule({ protocol: 'TCP', destination: { ports: ['dns'] } })],
      denies: [web('TCP 53'), web('UDP 53')],
    },
    {
      name: 'without a protocol, a name is of whatever protocol the pod gives it',
      given: [rule({ destination: { ports: ['http', 'dns'] } })],
      allows: [web('TCP 80'), web('UDP 53')],
      denies: [web('UDP 80'), web('TCP 53'), web('SCTP 80'), web('ICMP 8')],
    },
    {
      name: 'names and numbers are alternatives',
      given: [ports('http', 9000)],
      allows: [web('TCP 80'), web('TCP 9000')],
      denies: [web('TCP 8080')],
    },
    {
      name: 'a name that nobody has matches nothing',
      given: [ports('gopher')],
      denies: [web('TCP 70'), web('TCP 80')],
    },
    {
      name: 'a name that looks like a number in other languages is a name',
      given: [ports('1e3', '0x50')],
      denies: [web('TCP 1000'), web('TCP 80')],
    },
    {
      name: 'one name may mean several numbers of a pod',
      given: [
        pod('shop', 'many', {
          labels: { app: 'many' },
          ips: ['10.0.0.9'],
          ports: [{ name: 'http', containerPort: 80 }],
          spec: {
            containers: [
              { name: 'a', ports: [{ name: 'http', containerPort: 80 }] },
              { name: 'b', ports: [{ name: 'http', containerPort: 81 }, { containerPort: 82 }] },
            ],
            initContainers: [{ name: 'c', ports: [{ name: 'http', containerPort: 83 }] }],
          },
        }),
        policy('p', {
          selector: "app == 'many'",
          ingress: [{ ...allow, protocol: 'TCP', destination: { ports: ['http'] } }],
        }),
      ],
      allows: [80, 81, 83].map((port) => `shop/web > shop/many TCP ${port}`),
      denies: ['shop/web > shop/many TCP 82'],
    },
    {
      name: 'the source has names too',
      given: [rule({ protocol: 'TCP', source: { ports: ['http'] } })],
      allows: [web('TCP 8080>80')],
      denies: [web('TCP 80>8080')],
    },
    {
      name: 'who has no pod has no names',
      given: [
        policy('p', {
          selector: "app == 'db'",
          types: ['Egress'],
          egress: [{ ...allow, protocol: 'TCP', destination: { ports: ['http'] } }],
        }),
      ],
      allows: ['shop/db > shop/web TCP 8080'],
      denies: ['shop/db > 203.0.113.9 TCP 80', 'shop/db > 203.0.113.9 TCP 8080'],
    },
    {
      name: 'names reach into every namespace where nobody is selected',
      given: [
        policy(
          'p',
          { types: ['Egress'], egress: [{ ...allow, protocol: 'TCP', destination: { ports: ['http'] } }] },
          'bank',
        ),
      ],
      allows: ['bank/teller > shop/db TCP 80', 'bank/teller > shop/web TCP 8080'],
      denies: ['bank/teller > shop/db TCP 8080'],
    },
    {
      name: 'a negated name excludes each pod’s own number only',
      given: [policy('p', { ingress: [{ ...allow, protocol: 'TCP', destination: { notPorts: ['http'] } }] })],
      allows: [web('TCP 8080'), 'shop/db > shop/web TCP 80'],
      denies: [web('TCP 80'), 'shop/db > shop/web TCP 8080'],
    },
    {
      name: 'a negated name without a protocol excludes nothing that has no ports',
      given: [rule({ destination: { notPorts: ['http', 'dns'] } })],
      allows: [web('ICMP 8'), web('UDP 80'), web('TCP 53'), web('47')],
      denies: [web('TCP 80'), web('UDP 53')],
    },
    {
      name: 'a negated name that nobody has excludes nothing',
      given: [notPorts('gopher')],
      allows: [web('TCP 70'), web('TCP 80')],
    },
    {
      name: 'a port that is named and numbered may be excluded by either',
      given: [notPorts('http', 81)],
      allows: [web('TCP 82')],
      denies: [web('TCP 80'), web('TCP 81')],
    },
    {
      name: 'names count for selected pods only',
      given: [
        globalPolicy('p', {
          types: ['Egress'],
          namespaceSelector: "team == 'money'",
          egress: [{ ...allow, protocol: 'TCP', destination: { selector: "app == 'db'", ports: ['http'] } }],
        }),
      ],
      allows: [toBoth(80)[0] ?? ''],
      denies: [...toBoth(8080), toBoth(80)[1] ?? ''],
    },
    {
      name: 'names count for selected pods only, also where a network set holds the address of another',
      given: [
        networkSet('shop', { role: 'mirror' }, '10.0.0.1'),
        policy('p', {
          selector: "app == 'db'",
          types: ['Egress'],
          egress: [
            {
              ...allow,
              protocol: 'TCP',
              destination: { selector: "role == 'mirror'", ports: ['http', 443] },
            },
          ],
        }),
      ],
      allows: ['shop/db > shop/web TCP 443'],
      denies: ['shop/db > shop/web TCP 8080'],
    },
    {
      name: 'negated names too count for selected pods only: a pod that a network set stands for keeps its port',
      given: [
        networkSet('shop', { role: 'mirror' }, '10.0.0.1'),
        policy('p', {
          selector: "app == 'db'",
          types: ['Egress'],
          egress: [
            { ...allow, protocol: 'TCP', destination: { selector: "role == 'mirror'", notPorts: ['http'] } },
          ],
        }),
      ],
      allows: ['shop/db > shop/web TCP 8080', 'shop/db > shop/web TCP 443'],
    },
    {
      name: 'an excluded pod has no names that count',
      given: [
        networkSet('shop', { role: 'mirror' }, '10.0.0.1'),
        policy('p', {
          selector: "app == 'db'",
          types: ['Egress'],
          egress: [
            {
              ...allow,
              protocol: 'TCP',
              destination: { selector: 'all()', notSelector: "app == 'web'", notPorts: ['http'] },
            },
          ],
        }),
      ],
      allows: ['shop/db > shop/web TCP 8080'],
    },
  ])
})
