/** A bare AMQP client for what the SDK never does. */
import rhea from 'rhea'
import type { Connection, Delivery, EventContext, Message, Receiver, Sender, Session } from 'rhea'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import type { TestContext } from 'node:test'

export interface AmqpClient {
  readonly connection: Connection
  /** Shows a token; the status code that answers it. */
  putToken(token: string): Promise<number>
  /** Resolves when the link is open; rejects with the condition that the server closes it with. */
  sender(address: string, options?: object): Promise<Sender>
  receiver(address: string, options?: object): Promise<Receiver>
}

/** Further options are those of rhea's connections. */
export const amqpClient = async (t: TestContext, port: number, options: object = {}): Promise<AmqpClient> => {
  const container = rhea.create_container()
  const connection = container.connect({ host: '127.0.0.1', port, reconnect: false, ...options })
  connection.on('disconnected', () => undefined)
  t.after(() => connection.close())
  await once(connection, 'connection_open')
  const opened = async <L extends Sender | Receiver>(link: L, kind: 'sender' | 'receiver'): Promise<L> => {
    await new Promise<void>((resolve, reject) => {
      link.once(`${kind}_error`, () => reject(new Error((link.error as { condition: string }).condition)))
      // A link that is refused is opened first, with no end on the other side, and then closed.
      link.once(`${kind}_open`, () => {
        if ((kind === 'sender' ? link.target : link.source)?.address !== undefined) resolve()
      })
    })
    return link
  }
  return {
    connection,
    sender: (address, options = {}) => opened(connection.open_sender({ target: { address }, ...options }), 'sender'),
    receiver: (address, options = {}) =>
      opened(
        connection.open_receiver({ source: { address }, credit_window: 0, autoaccept: false, ...options }),
        'receiver',
      ),
    putToken: async (token) => {
      const answer = await request(connection, '$cbs', { body: token, application_properties: putToken })
      return Number(answer.application_properties!['status-code'])
    },
  }
}

export const putToken = { operation: 'put-token', type: 'servicebus.windows.net:sastoken', name: 'any' }

/** Asks the node and waits for the answer. */
export const request = async (connection: Connection, node: string, message: object): Promise<Message> => {
  const sender = connection.open_sender(node)
  const receiver = connection.open_receiver({ source: { address: node }, target: { address: 'answers' } })
  await Promise.all([once(sender, 'sendable'), once(receiver, 'receiver_open')])
  sender.send({ body: null, message_id: '1', reply_to: 'answers', ...message })
  const [answer] = (await once(receiver, 'message')) as [EventContext]
  sender.close()
  receiver.close()
  return answer.message!
}

/** A token for this path of the namespace, as the SDKs make them. `expiresIn` in seconds. */
export const tokenFor = (
  path: string,
  { key = 'SAS_KEY_VALUE', expiresIn = 60, name = 'RootManageSharedAccessKey' } = {},
): string => {
  const resource = encodeURIComponent(`sb://127.0.0.1/${path}`)
  const expiry = Math.floor(Date.now() / 1_000) + expiresIn
  const signature = createHmac('sha256', key).update(`${resource}\n${expiry}`).digest('base64')
  return `SharedAccessSignature sr=${resource}&sig=${encodeURIComponent(signature)}&se=${expiry}&skn=${name}`
}

/** What became of a message: accepted, or the condition it was rejected with. */
export const outcomeOf = (sender: Sender, send: () => Delivery): Promise<string> =>
  new Promise((resolve) => {
    sender.once('accepted', () => resolve('accepted'))
    sender.once('rejected', ({ delivery }: EventContext) =>
      resolve((delivery!.remote_state as unknown as { error: { condition: string } }).error.condition),
    )
    send()
  })

/** Message format of a batch. */
export const batchFormat = 0x80013700

/** A batch of events with these bodies, encoded. */
export const batchOf = (bodies: readonly string[]): Buffer =>
  rhea.message.encode({
    body: rhea.message.data_sections(
      bodies.map((body) => rhea.message.encode({ body: rhea.message.data_section(Buffer.from(body)) })),
    ),
  })

export const portOf = (connectionString: string): number => Number(/:(\d+);/.exec(connectionString)![1])

/** From here on the session hands messages over as they are encoded. */
export const undecoded = (session: Session): void => {
  const own = session as unknown as { on_transfer(frame: { performative: { message_format?: unknown } }): void }
  const { on_transfer } = own
  own.on_transfer = (frame) => {
    frame.performative.message_format = undefined
    on_transfer.call(own, frame)
  }
}

/** The next messages over this link as they are encoded, with the credit that they need. */
export const nextMessages = async (receiver: Receiver, count: number): Promise<Buffer[]> => {
  undecoded(receiver.session)
  const messages: Buffer[] = []
  await new Promise<void>((resolve) => {
    receiver.on('message', ({ message, delivery }: EventContext) => {
      messages.push(message as unknown as Buffer)
      // The client's library counts as unsettled what the server has settled.
      delivery!.accept()
      if (messages.length === count) resolve()
    })
    receiver.add_credit(count)
  })
  return messages
}

/** A client that may open links to this path and what is below it. */
export const signedInClient = async (t: TestContext, port: number, path: string): Promise<AmqpClient> => {
  const client = await amqpClient(t, port)
  if ((await client.putToken(tokenFor(path))) !== 202) throw new Error('The token was refused.')
  return client
}

/** The filter of a consumer's link, as the SDKs write it. */
export const selector = (text: string): object => ({
  'apache.org:selector-filter:string': rhea.types.wrap_described(text, 0x468c00000004),
})

/** Resolves when the owner of this partition has lost its place: a reader without an owner level is let in. */
export const placeIsFree = async (client: AmqpClient, address: string): Promise<void> => {
  for (;;) {
    const refused = await client.receiver(address).then(
      () => undefined,
      ({ message }: Error) => message,
    )
    if (refused === undefined) return
    if (refused !== 'amqp:link:stolen') throw new Error(refused)
  }
}
