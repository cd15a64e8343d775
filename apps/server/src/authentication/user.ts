/** Who asks. */
export interface User {
  readonly name: string
  readonly groups: readonly string[]
}

/** Of everybody who proved who they are. */
export const authenticatedGroup = 'system:authenticated'
/** May do everything; the group of the administrator's certificate. */
export const mastersGroup = 'system:masters'
