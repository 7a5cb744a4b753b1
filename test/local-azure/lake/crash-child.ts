/** Serves until it is killed. Arguments: the directory. Prints the connection string. */
import { startLake } from '../../../local/lake/server.ts'

const { connectionString } = await startLake({ port: 0, directory: process.argv[2] ?? '' })
process.stdout.write(`${connectionString}\n`)
