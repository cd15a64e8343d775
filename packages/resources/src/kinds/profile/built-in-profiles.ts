import type { Profile } from './schema.ts'

/** The profile that host endpoints get which are made for nodes by themselves. Source: spec/api.md 1.5. */
export const defaultAllowProfileName = 'projectcalico-default-allow'

/** The profiles that always exist, as they are: nobody creates, changes or deletes them. Source: spec/api.md 1.6. */
export const builtInProfiles: readonly Profile[] = [
  {
    apiVersion: 'projectcalico.org/v3',
    kind: 'Profile',
    metadata: { name: defaultAllowProfileName },
    spec: { ingress: [{ action: 'Allow' }], egress: [{ action: 'Allow' }] },
  },
]
