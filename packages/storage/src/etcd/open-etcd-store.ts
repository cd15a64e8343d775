/** Loads the driver, and gRPC with it, only where it is used. */
import type { Store } from '../store.ts'
import type { EtcdStoreOptions } from './etcd-store.ts'

/** @throws StoreOpenError, StoreUnreachableError, StorePermissionError */
export async function openEtcdStore(options: EtcdStoreOptions): Promise<Store> {
  const { EtcdStore } = await import('./etcd-store.ts')
  return EtcdStore.open(options)
}
