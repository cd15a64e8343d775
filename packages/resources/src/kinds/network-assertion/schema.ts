/** What must never, or must always, be possible between two sides, whatever policies say one by one. Ours: no API of others has it. */
import { choice, intOrString, list, type Static, setOf, Type } from '../../schema/build.ts'
import { conditions } from '../meta/condition.ts'
import { resourceSchema } from '../meta/resource-schema.ts'
import { httpField, selectorField } from '../rule/schema.ts'

const side = (description: string) =>
  Type.Object(
    {
      selector: selectorField('Selects endpoints and network sets by their labels.'),
      namespaceSelector: selectorField(
        'Selects namespaces by their labels; `global()` means outside of any.',
      ),
      nets: Type.Optional(
        setOf(Type.String(), { minItems: 1, maxItems: 256, description: 'Addresses, as masked CIDRs.' }),
      ),
      hostEndpoints: Type.Optional(
        Type.Boolean({
          description:
            'True: nodes themselves, by their host endpoints, instead of workloads and addresses outside.',
        }),
      ),
    },
    { description },
  )

const traffic = Type.Object(
  {
    protocol: intOrString({
      description: 'TCP, UDP, ICMP, ICMPv6, SCTP, UDPLite, or a number from 1 to 255.',
    }),
    port: Type.Optional(
      intOrString({
        description: 'Of the destination: a number, or a range "min:max". Absent means all of them.',
      }),
    ),
  },
  { description: 'What is sent.' },
)

const spec = Type.Object({
  description: Type.Optional(Type.String({ maxLength: 1024, description: 'Why, for those whom it stops.' })),
  require: choice(['never', 'always'], {
    description: 'never: no connection may be possible. always: every connection must be possible.',
  }),
  from: side('Who opens the connection. All criteria must hold; without any, everybody.'),
  to: side('To whom. All criteria must hold; without any, everybody.'),
  ports: Type.Optional(
    list(traffic, { minItems: 1, maxItems: 50, description: 'Any of these. Absent means all traffic.' }),
  ),
  http: httpField(
    'Speaks of these HTTP requests instead of connections: no one, or every one, can be made. {} means all.',
  ),
  mode: Type.Optional(
    choice(['Audit', 'Enforce'], {
      default: 'Audit',
      description:
        'Audit: it is reported where it does not hold. Enforce: a write that would break it is refused.',
    }),
  ),
})

export const networkAssertionSchema = resourceSchema(
  'policy.margay.io/v1alpha1',
  'NetworkAssertion',
  { spec, status: Type.Optional(Type.Object({ conditions: Type.Optional(conditions()) })) },
  'Connections that must never, or must always, be possible, whichever policies bring it about.',
)

export type NetworkAssertion = Static<typeof networkAssertionSchema>
export type AssertionSide = Static<ReturnType<typeof side>>
export type AssertionTraffic = Static<typeof traffic>
