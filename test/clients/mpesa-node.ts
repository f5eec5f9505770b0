// A program of a user of the vendor's own client, with its host built in: it pays, and prints the answer.
import Mpesa from 'mpesa-node';

const [, , key = '', secret = '', shortCode = '', passkey = '', callbackUrl = ''] = process.argv;
const client = new Mpesa({
  consumerKey: key,
  consumerSecret: secret,
  lipaNaMpesaShortCode: Number(shortCode),
  lipaNaMpesaShortPass: passkey,
});
const { data } = await client.lipaNaMpesaOnline(254700000001, 15, callbackUrl, 'INV-TLS');
process.stdout.write(JSON.stringify({ asked: client.baseURL, data }));
