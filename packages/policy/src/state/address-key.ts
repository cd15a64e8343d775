import type { Ip } from '@margay/netset'

/** A key that is equal for equal addresses. */
export function addressKey(address: Ip): string {
  return [address.version, address.value].join(':')
}
