/** Serves until it is killed. Arguments: the directory, and the hubs as JSON (without: the usual ones). Prints the connection string. */
import { startEventHubs, type HubConfig } from '../../../local/event-hubs/server.ts'
import { defaultHubs } from './support.ts'

const [directory = '', hubs] = process.argv.slice(2)
const { connectionString } = await startEventHubs({
  port: 0,
  directory,
  hubs: hubs === undefined ? defaultHubs : (JSON.parse(hubs) as HubConfig[]),
})
process.stdout.write(`${connectionString}\n`)
