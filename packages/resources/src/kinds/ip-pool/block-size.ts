/** How many addresses a node takes at once, as the length of a prefix. Source: spec/api.md 1.7. */
import type { IpVersion } from '@margay/netset'

/** 64 addresses. */
export function defaultBlockSize(version: IpVersion): number {
  return version === 4 ? 26 : 122
}

export function blockSizeLimits(version: IpVersion): { readonly least: number; readonly most: number } {
  return version === 4 ? { least: 20, most: 32 } : { least: 116, most: 128 }
}
