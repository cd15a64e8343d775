/** Makes an etcd ask who its clients are: users, roles and authentication, over its JSON gateway. */

export interface EtcdUser {
  readonly name: string
  readonly password: string
  /** It may read and write all keys that start with this. */
  readonly prefix: string
}

/** Afterwards only root (password `root`) and these users get in. */
export async function askForUsers(endpoint: string, users: readonly EtcdUser[]): Promise<void> {
  const call = async (path: string, body: unknown): Promise<void> => {
    const response = await fetch(`${endpoint}/v3/auth/${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(5000),
    })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  }
  const addUser = async (name: string, password: string): Promise<void> => {
    await call('user/add', { name, password })
    await call('role/add', { name })
    await call('user/grant', { user: name, role: name })
  }
  await addUser('root', 'root')
  for (const { name, password, prefix } of users) {
    await addUser(name, password)
    const [key, end] = [base64(prefix), base64(`${prefix}\xff`)]
    await call('role/grant', { name, perm: { permType: 'READWRITE', key, range_end: end } })
  }
  await call('enable', {})
}

function base64(text: string): string {
  return Buffer.from(text, 'latin1').toString('base64')
}
