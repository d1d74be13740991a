// A real Bluesky directory (PLC) and server (PDS) on the loopback address, from the makers' own test kit.
// Prints one line of JSON with their addresses; ends when its standard input is closed, so that no test leaves it behind.
import { TestNetworkNoAppView } from '@atproto/dev-env'

const network = await TestNetworkNoAppView.create()
process.stdout.write(JSON.stringify({ plc: network.plc.url, pds: network.pds.url }) + '\n')

const end = async () => {
  await network.close()
  process.exit(0)
}
process.stdin.on('end', end).on('close', end).resume()
process.on('SIGTERM', end)
