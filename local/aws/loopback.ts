import { type AddressInfo, createServer, type Server } from 'node:net';
import type { Server as HttpServer } from 'node:http';

/** Has a server listen on 127.0.0.1 and answers the port; 0 lets the operating system choose. Rejects with Node's error. */
export async function listenOnLoopback(server: Server, port = 0): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}

/** Refuses new connections, drops the open ones and resolves when the port is free. */
export function closeServer(server: HttpServer): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => {
      if (error) reject(error);
      else resolve();
    });
    server.closeAllConnections();
  });
}

/** A port that nobody listens on just now; another program may be faster than whoever asked. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listenOnLoopback(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}
