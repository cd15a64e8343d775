/** Services as peers. Numbers of rules: spec/api.md 2.1. */
import { egress, globalIngress, ingress, stagedGlobalPolicy } from '../examples.testkit.ts'
import { out, type RuleCases, rule, tcp } from './rule-cases.testkit.ts'

const services = { name: 's', namespace: 'n' }

export const serviceRules: readonly RuleCases[] = [
  {
    rule: 33,
    says: 'a service is named, by what can be a name',
    accepts: [
      ingress({ source: { services: { name: 's' } } }),
      ingress({ source: { services: { name: 'a.b-c' } } }),
    ],
    rejects: [
      ...['My_Service', 'a b', '-a', 'a..b'].flatMap((name) => [
        [ingress({ source: { services: { name } } }), `${rule}.source.services.name`] as const,
        [
          ingress({ source: { services: { name: 's', namespace: name } } }),
          `${rule}.source.services.namespace`,
        ] as const,
      ]),
      [ingress({ source: { services: { namespace: 'n' } } }), `${rule}.source.services.name`],
      [ingress({ source: { services: { name: '' } } }), `${rule}.source.services.name`],
    ],
  },
  {
    rule: 34,
    says: 'beside a service stands no selector',
    accepts: [ingress({ source: { services } }), ingress({ source: { services, selector: '' } })],
    rejects: [
      [ingress({ source: { services, selector: 'all()' } }), `${rule}.source.selector`],
      [ingress({ source: { services, notSelector: 'all()' } }), `${rule}.source.notSelector`],
    ],
  },
  {
    rule: 35,
    says: 'beside a service stands no selector of namespaces',
    accepts: [ingress({ source: { services, namespaceSelector: '' } })],
    rejects: [
      [ingress({ source: { services, namespaceSelector: 'all()' } }), `${rule}.source.namespaceSelector`],
    ],
  },
  {
    rule: 36,
    says: 'beside a service stand no service accounts',
    accepts: [ingress({ source: { services } })],
    rejects: [[ingress({ source: { services, serviceAccounts: {} } }), `${rule}.source.serviceAccounts`]],
  },
  {
    rule: 37,
    says: 'beside a service stand no nets',
    accepts: [ingress({ source: { services, nets: [] } })],
    rejects: [
      [ingress({ source: { services, nets: ['10.0.0.0/8'] } }), `${rule}.source.nets`],
      [ingress({ source: { services, notNets: ['10.0.0.0/8'] } }), `${rule}.source.notNets`],
    ],
  },
  {
    rule: 38,
    says: 'the ports of a destination service are its own',
    accepts: [
      ingress({ ...tcp, source: { services, ports: [80] } }),
      ingress({ ...tcp, source: { services, notPorts: [80] } }),
    ],
    rejects: [
      [egress({ ...tcp, destination: { services, ports: [80] } }), `${out}.destination.ports`],
      [egress({ ...tcp, destination: { services, notPorts: [80] } }), `${out}.destination.notPorts`],
    ],
  },
  {
    rule: 39,
    says: 'an egress rule has services in its destination only',
    accepts: [egress({ destination: { services } })],
    rejects: [[egress({ source: { services } }), `${out}.source.services`]],
  },
  {
    rule: 40,
    says: 'an ingress rule has services in its source only',
    accepts: [ingress({ source: { services } })],
    rejects: [[ingress({ destination: { services } }), `${rule}.destination.services`]],
  },
  {
    rule: 41,
    says: 'a global policy says in which namespace a service is',
    accepts: [globalIngress({ source: { services } }), ingress({ source: { services: { name: 's' } } })],
    rejects: [
      [globalIngress({ source: { services: { name: 's' } } }), `${rule}.source.services.namespace`],
      [
        stagedGlobalPolicy({
          ingress: [{ action: 'Allow', source: { services: { name: 's', namespace: '' } } }],
        }),
        `${rule}.source.services.namespace`,
      ],
    ],
  },
  {
    rule: 69,
    says: 'the name of a service and of its namespace has at most 253 characters',
    accepts: [ingress({ source: { services: { name: 'n'.repeat(253), namespace: 'n'.repeat(253) } } })],
    rejects: [
      [ingress({ source: { services: { name: 'n'.repeat(254) } } }), `${rule}.source.services.name`],
      [
        ingress({ source: { services: { ...services, namespace: 'n'.repeat(254) } } }),
        `${rule}.source.services.namespace`,
      ],
    ],
  },
]
