/** Serves until it is killed. Arguments: the directory. Prints the connection string. */
import { startEventHubs } from '../../../local/event-hubs/server.ts'
import { defaultHubs } from './support.ts'

const { connectionString } = await startEventHubs({ port: 0, directory: process.argv[2] ?? '', hubs: defaultHubs })
process.stdout.write(`${connectionString}\n`)
