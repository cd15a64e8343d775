/** Fields that several policy kinds share. Source: spec/api.md 1.2 and 1.3. */
import { choice, setOf, Type } from '../../schema/build.ts'
import { rules, selectorField } from './schema.ts'

export const policyTypes = (description: string) =>
  Type.Optional(setOf(choice(['Ingress', 'Egress']), { minItems: 1, maxItems: 2, description }))

export const commonPolicyFields = {
  tier: Type.Optional(
    Type.String({ default: 'default', description: 'The tier that the policy belongs to.' }),
  ),
  order: Type.Optional(
    Type.Number({ description: 'Lower goes first; without it the policy goes last in its tier.' }),
  ),
  ingress: rules('For packets to the selected endpoints.'),
  egress: rules('For packets from the selected endpoints.'),
  selector: selectorField('The endpoints that the policy applies to; empty means all.'),
  serviceAccountSelector: selectorField('Narrows them to endpoints that run as these service accounts.'),
  types: policyTypes('The directions that the policy governs; inferred from its rules if absent.'),
  performanceHints: Type.Optional(
    setOf(choice(['AssumeNeededOnEveryNode']), { description: 'Never changes a verdict.' }),
  ),
}

export const globalPolicyFields = {
  ...commonPolicyFields,
  namespaceSelector: selectorField('Narrows them to endpoints in these namespaces.'),
  doNotTrack: Type.Optional(
    Type.Boolean({ description: 'Applies before connection tracking; host endpoints only.' }),
  ),
  preDNAT: Type.Optional(
    Type.Boolean({ description: 'Applies before address translation; host endpoints only.' }),
  ),
  applyOnForward: Type.Optional(
    Type.Boolean({ description: 'Also applies to forwarded packets of host endpoints.' }),
  ),
}

export const stagedActionField = {
  stagedAction: Type.Optional(
    choice(['Set', 'Delete', 'Learn', 'Ignore'], {
      default: 'Set',
      description: 'What enforcing it would do.',
    }),
  ),
}
