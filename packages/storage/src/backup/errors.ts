/** Why a backup was not restored. In each case the store was left as it was. */

/** It is something else, or was made by a newer version. */
export class BackupFormatError extends Error {
  override readonly name = 'BackupFormatError'
}

/** It is cut off, or was altered. */
export class BackupDamagedError extends Error {
  override readonly name = 'BackupDamagedError'
}

export class StoreNotEmptyError extends Error {
  override readonly name = 'StoreNotEmptyError'
  constructor(key: string) {
    super(
      `the store is not empty (it has ${key}): a backup is restored into an empty one, unless it is told to replace`,
    )
  }
}
