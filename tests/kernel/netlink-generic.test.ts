/** Families of generic netlink that this kernel has. Reading them needs no namespace of its own, and changes nothing. */
import { GenericSocket, NetlinkError, openKernelWireguard, WireguardUnsupportedError } from '@margay/netlink'
import { expect, test } from 'vitest'

const getFamily = 3
const familyName = 2

function families(): string[] {
  const socket = GenericSocket.open('nlctrl')
  try {
    const answers = socket.dump({ what: 'list families', command: getFamily, body: () => {} })
    return answers.map((answer) => answer.attributes().need(familyName).string())
  } finally {
    socket.close()
  }
}

test('the controller knows itself, and a family can be asked for by name', () => {
  expect(families()).toContain('nlctrl')
  const socket = GenericSocket.open('nlctrl')
  const answers = socket.request({
    what: 'find the controller',
    command: getFamily,
    body: (writer) => writer.string(familyName, 'nlctrl'),
  })
  expect(answers.map((answer) => answer.attributes().need(familyName).string())).toEqual(['nlctrl'])
  socket.close()
})

test('a family that is not there is ENOENT', () => {
  expect(() => GenericSocket.open('no-such-family')).toThrow(NetlinkError)
  expect(() => GenericSocket.open('no-such-family')).toThrow(
    'find generic netlink family no-such-family: ENOENT (does not exist)',
  )
})

/** Asking may load the module. */
test('WireGuard is there exactly when its family is', async () => {
  const found = await problemOf(() => openKernelWireguard({ name: 'margay-none' }).read())
  if (families().includes('wireguard'))
    expect(found).toMatchObject({ errno: 'ENODEV', isWithoutDevice: true })
  else expect(found).toBeInstanceOf(WireguardUnsupportedError)
})

async function problemOf(work: () => Promise<unknown>): Promise<unknown> {
  try {
    return await work()
  } catch (error) {
    return error
  }
}
