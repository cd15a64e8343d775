import type { IpVersion } from '@margay/netset'
import { defaultFelixSettings } from '@margay/resources'

/** What devices are called unless FelixConfiguration says otherwise. */
export const defaultNameOf: Readonly<Record<IpVersion, string>> = {
  4: defaultFelixSettings.wireguardInterfaceName,
  6: defaultFelixSettings.wireguardInterfaceNameV6,
}

export const defaultNames: readonly string[] = Object.values(defaultNameOf)
