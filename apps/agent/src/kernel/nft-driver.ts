/** The one seam to the kernel's packet filter: what is there, and one transaction at a time. */
export interface NftDriver {
  /** The names of what the table holds, whoever made it; empty lists when there is no table. @throws NftError */
  list(): Promise<NftNames>
  /** Applies all commands or none. @throws NftError */
  apply(commands: string): Promise<void>
}

export interface NftNames {
  readonly sets: readonly string[]
  readonly maps: readonly string[]
  readonly chains: readonly string[]
}

export class NftError extends Error {
  override readonly name = 'NftError'
}
