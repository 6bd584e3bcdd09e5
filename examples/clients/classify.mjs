// Classifies its arguments, all in one request, with nothing but fetch.
//
//   CLASSIFY_URL=http://localhost:8080/classify CLASSIFY_API_KEY=... node classify.mjs "The dogs bark." "The dogs barks."

const { CLASSIFY_URL, CLASSIFY_API_KEY } = process.env;
const texts = process.argv.slice(2);

const response = await fetch(CLASSIFY_URL, {
  method: 'POST',
  headers: { 'content-type': 'application/json', 'x-api-key': CLASSIFY_API_KEY },
  body: JSON.stringify({ inputs: texts }),
});
const answer = await response.json();
if (!response.ok) throw new Error(`${response.status} ${answer.error_type}: ${answer.error}`);

// One list per text, its highest score first.
answer.forEach(([best], index) => console.log(`${best.label} ${best.score.toFixed(3)} ${texts[index]}`));
