/** Takes connections in and lets none of them hold more than its share, whatever it sends or leaves unsaid. */
import { createServer, type Server, type Socket } from 'node:net'
import type { Connection, Container, ConnectionOptions } from 'rhea'
import type { Access } from './connection.ts'
import { connectionOf } from './rhea-internals.ts'
import { mechanismsFor } from './sasl.ts'

/** What Event Hubs tells of itself when a connection opens. */
const maxFrameBytes = 65_536
const channelMax = 4_999

export interface ListenOptions {
  readonly host: string
  readonly port: number
  /** A peer that is silent for twice as long is taken for dead. Milliseconds. */
  readonly idleMs: number
  /** Of the links on which the server receives. */
  readonly receiverOptions: Readonly<Record<string, unknown>>
  readonly newAccess: () => Access
  readonly onConnection: (connection: Connection, access: Access) => void
}

export interface Listener {
  readonly server: Server
  /** Ends all connections, those too that only connected and never spoke. */
  close(): Promise<void>
}

/** Resolves when the port is open; rejects where it is taken. */
export const listenAmqp = (container: Container, options: ListenOptions): Promise<Listener> => {
  const sockets = new Set<Socket>()
  // Each frame is a write of its own: without noDelay the second of two waits for the peer's acknowledgement.
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    accept(container, socket, options)
  })
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy()
    await new Promise<void>((resolve) => server.close(() => resolve()))
  }
  return new Promise((resolve, reject) => {
    server.once('listening', () => resolve({ server, close }))
    server.once('error', reject)
    server.listen(options.port, options.host)
  })
}

const accept = (container: Container, socket: Socket, options: ListenOptions): void => {
  const access = options.newAccess()
  const connection = container.create_connection({
    receiver_options: options.receiverOptions,
    max_frame_size: maxFrameBytes,
    channel_max: channelMax,
    idle_time_out: options.idleMs,
  } as unknown as ConnectionOptions)
  const rhea = connectionOf(connection)
  // rhea reads the mechanisms while it accepts: these are this connection's own.
  container.sasl_server_mechanisms = mechanismsFor(access)
  options.onConnection(connection, access)
  rhea.accept(socket)
  socket.on('data', () => {
    // rhea would gather the bytes of a frame of any size.
    if ((rhea.frame_size ?? 0) > maxFrameBytes) socket.destroy()
  })
  // Before it is open rhea has no timer for it.
  const opening = setTimeout(() => socket.destroy(), 2 * options.idleMs)
  connection.once('connection_open', () => clearTimeout(opening))
  // rhea ends its side after an error; what the peer still sends is of no use to anyone.
  socket.once('finish', () => socket.destroy())
  socket.once('close', () => {
    clearTimeout(opening)
    rhea._disconnected()
  })
}
