export { type Cast, type CastNode, type Seat, type Stranger, smallCast } from './cast.ts'
export { formatManifest } from './format-manifest.ts'
export { flowOf, type Packet, packetLists, packets } from './packets.ts'
export { admitAll, worlds } from './world.ts'
