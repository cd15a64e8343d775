/** Which member of etcd to ask: one that is connected, and rather not one that has just failed. */
import { type Client, connectivityState } from '@grpc/grpc-js'
import { StoreOpenError } from '../errors.ts'
import { connect, type EtcdTls } from './channel.ts'

export class Members {
  #clients: [Client, ...Client[]]

  /** @throws StoreOpenError */
  constructor(endpoints: readonly string[], tls: EtcdTls) {
    const [first, ...others] = endpoints
    if (first === undefined) throw new StoreOpenError('etcd', 'no endpoint is given')
    this.#clients = [connect(first, tls), ...others.map((endpoint) => connect(endpoint, tls))]
  }

  /** When none is ready in time it is the first one, whose failure tells why. `deadline` is in Unix milliseconds. */
  async ready(deadline: number): Promise<Client> {
    const ready = this.#clients.find(
      (client) => client.getChannel().getConnectivityState(true) === connectivityState.READY,
    )
    if (ready !== undefined) return ready
    try {
      return await Promise.any(this.#clients.map((client) => whenReady(client, deadline)))
    } catch {
      return this.#clients[0]
    }
  }

  preferOthers(client: Client): void {
    const [first = client, ...others] = this.#clients.filter((each) => each !== client)
    this.#clients = first === client ? [client] : [first, ...others, client]
  }

  close(): void {
    for (const client of this.#clients) client.close()
  }
}

function whenReady(client: Client, deadline: number): Promise<Client> {
  return new Promise((resolve, reject) =>
    client.waitForReady(deadline, (error) => (error === undefined ? resolve(client) : reject(error))),
  )
}
