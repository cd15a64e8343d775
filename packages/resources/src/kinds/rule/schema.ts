/** The rule of projectcalico.org/v3 policies. Source: spec/api.md section 2. */
import { choice, intOrString, list, type Static, setOf, stringMap, Type } from '../../schema/build.ts'

/** Longest text of a selector field, in characters. */
export const maxSelectorLength = 1024

export const selectorField = (description: string) =>
  Type.Optional(Type.String({ maxLength: maxSelectorLength, description }))

const nets = (description: string) => Type.Optional(setOf(Type.String(), { maxItems: 256, description }))
const ports = (description: string) => Type.Optional(list(intOrString(), { maxItems: 50, description }))
const protocol = (description: string) => Type.Optional(intOrString({ description }))

const icmp = Type.Object(
  {
    type: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 254, description: 'The type of the ICMP message.' }),
    ),
    code: Type.Optional(Type.Integer({ minimum: 0, maximum: 255, description: 'Needs a type.' })),
  },
  { description: 'An ICMP message.' },
)

const httpPath = Type.Object({
  exact: Type.Optional(Type.String({ maxLength: 1024, description: 'The whole path.' })),
  prefix: Type.Optional(Type.String({ maxLength: 1024, description: 'How the path begins.' })),
})

const httpHeader = Type.Object({
  header: Type.String({
    maxLength: 256,
    description: 'Its name, in any case; `host` means the host of the request.',
  }),
  operator: choice(['In', 'NotIn', 'Exists', 'DoesNotExist'], {
    description: 'NotIn also holds where the header is absent.',
  }),
  values: Type.Optional(
    setOf(Type.String({ maxLength: 1024 }), {
      maxItems: 20,
      description: 'Of In and NotIn: whole values; NotIn also means each part between commas.',
    }),
  ),
})

/** Which HTTP requests are meant. */
export const httpField = (description: string) =>
  Type.Optional(
    Type.Object(
      {
        methods: Type.Optional(
          setOf(Type.String(), { maxItems: 20, description: 'Any of these methods; none means all.' }),
        ),
        paths: Type.Optional(
          list(httpPath, { maxItems: 20, description: 'Any of these paths; none means all.' }),
        ),
        headers: Type.Optional(
          list(httpHeader, { maxItems: 20, description: 'All of these must hold of the headers.' }),
        ),
      },
      { description },
    ),
  )

const serviceMatch = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 253, description: 'The service.' }),
    namespace: Type.Optional(
      Type.String({ maxLength: 253, description: "By default the policy's own namespace." }),
    ),
  },
  { description: 'The endpoints of a service, and as a destination its ports.' },
)

const serviceAccountMatch = Type.Object(
  {
    names: Type.Optional(setOf(Type.String(), { description: 'Any of these service accounts.' })),
    // Without a limit of length, as in Calico's API; the parser bounds how deep it may nest.
    selector: Type.Optional(Type.String({ description: 'Selects service accounts by their labels.' })),
  },
  { description: 'Endpoints that run as these service accounts; both must hold.' },
)

const entityRule = Type.Object(
  {
    nets: nets('Addresses, as masked CIDRs.'),
    notNets: nets('Addresses that must not match.'),
    selector: selectorField('Selects endpoints and network sets by their labels.'),
    notSelector: selectorField('Endpoints and network sets that must not match.'),
    namespaceSelector: selectorField('Selects namespaces by their labels; `global()` means outside of any.'),
    ports: ports('A number, a range "min:max", or the name of a port.'),
    notPorts: ports('Ports that must not match.'),
    serviceAccounts: Type.Optional(serviceAccountMatch),
    services: Type.Optional(serviceMatch),
    domains: Type.Optional(
      setOf(Type.String(), {
        maxItems: 256,
        description:
          'Addresses outside of the cluster that DNS gives for any of these names; `*` stands for one or more whole labels. Only in destinations of egress rules that allow.',
      }),
    ),
  },
  { description: 'One side of the packet. All criteria must hold.' },
)

export const ruleSchema = Type.Object(
  {
    action: choice(['Allow', 'Deny', 'Log', 'Pass'], { description: 'Log goes on with the next rule.' }),
    ipVersion: Type.Optional(
      Type.Unsafe<4 | 6>({ type: 'integer', enum: [4, 6], description: 'By default both.' }),
    ),
    protocol: protocol('TCP, UDP, ICMP, ICMPv6, SCTP, UDPLite, or a number from 1 to 255.'),
    notProtocol: protocol('The protocol that must not match.'),
    icmp: Type.Optional(icmp),
    notICMP: Type.Optional(icmp),
    source: Type.Optional(entityRule),
    destination: Type.Optional(entityRule),
    http: httpField('Criteria for HTTP requests; only where the rule allows.'),
    metadata: Type.Optional(
      Type.Object(
        { annotations: Type.Optional(stringMap({ description: 'Notes on the rule.' })) },
        { description: 'Has no part in what the rule matches.' },
      ),
    ),
  },
  { description: 'The first rule that matches, and is not Log, decides.' },
)

export const rules = (description: string) => Type.Optional(list(ruleSchema, { maxItems: 1024, description }))

export type Rule = Static<typeof ruleSchema>
export type EntityRule = Static<typeof entityRule>
export type ServiceMatch = Static<typeof serviceMatch>
export type ServiceAccountMatch = Static<typeof serviceAccountMatch>
export type IcmpFields = Static<typeof icmp>
export type HttpMatch = NonNullable<Rule['http']>
export type HttpPath = Static<typeof httpPath>
export type HttpHeader = Static<typeof httpHeader>
