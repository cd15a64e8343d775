/**
 * What Calico's operator is told. Margay reads one setting of it, and keeps all others as they are, so that its manifests can
 * be applied here.
 */
import { anyObject, choice, openObject, type Static, Type } from '../../schema/build.ts'
import { resourceSchema } from '../meta/resource-schema.ts'

export const installationSchema = resourceSchema(
  'operator.tigera.io/v1',
  'Installation',
  {
    spec: Type.Optional(
      openObject({
        calicoNetwork: Type.Optional(
          openObject(
            {
              wireguard: Type.Optional(
                choice(['Enabled', 'Disabled'], {
                  description:
                    'Enabled: wireguardEnabled is true where no FelixConfiguration that counts for a node has it.',
                }),
              ),
            },
            { description: 'How pods are connected.' },
          ),
        ),
      }),
    ),
    status: Type.Optional(anyObject()),
  },
  'How the network is set up; a cluster has one, `default`.',
)

export type Installation = Static<typeof installationSchema>
