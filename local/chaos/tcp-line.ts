/** A line to a TCP server on this machine whose connections can all be torn at once. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

export interface TcpLine {
  readonly port: number
  tear(): void
  close(): Promise<void>
}

export const startTcpLine = async (serverPort: number): Promise<TcpLine> => {
  const ends = new Set<Socket>()
  const hold = (socket: Socket, other: Socket): void => {
    ends.add(socket)
    socket.on('error', () => undefined)
    socket.once('close', () => {
      ends.delete(socket)
      other.destroy()
    })
    socket.pipe(other)
  }
  const server = createServer((near) => {
    const far = connect(serverPort, '127.0.0.1')
    hold(near, far)
    hold(far, near)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const tear = (): void => {
    for (const socket of ends) socket.resetAndDestroy()
  }
  return {
    port: (server.address() as AddressInfo).port,
    tear,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        tear()
      }),
  }
}
