import { html } from '../../../lambda/shared/html';

it('escapes what comes from outside', () => {
  expect(html`<b title="${`"'&`}">${'<i>'}</b>`.text).toBe('<b title="&quot;&#39;&amp;">&lt;i&gt;</b>');
});

it('takes pieces of HTML and lists of them as they are, and writes nothing of nothing', () => {
  const pieces = ['a', 'b'].map((text) => html`<i>${text}</i>`);
  expect(html`${pieces}${null}${undefined}${false}${0}${''}`.text).toBe('<i>a</i><i>b</i>0');
});
