import { randomFrom } from "../../../sample/random.ts";

/** A language in which sentences are made: `{0}` is a country, `{1}` a language, `{2}` a currency, `{3}` a date, in the runtime's own words. */
interface Grammar {
  locale: string;
  sentences: string[];
}

export const CHINESE: Grammar = {
  locale: "zh-CN",
  sentences: [
    "上个月我们在{0}遇到了一个奇怪的问题：系统在{3}突然停止响应，直到第二天早上才恢复。",
    "请把这份文件翻译成{1}，并检查所有的金额是否已经换算成{2}。",
    "渡轮公司的预订程序每天要处理几万张船票，其中大部分来自{0}的旅客。",
    "如果用户没有登录，页面应该显示提示，而不是直接报错。",
    "我建议先写测试，再修改代码；否则以后谁也不敢动这部分逻辑。",
    "数据库的连接数已经达到上限，因此新的请求只能排队等待。",
    "他说{1}很难学，但是只要坚持每天练习，半年之后就能流利地交谈。",
    "从{3}开始，所有用{2}支付的订单都必须经过人工审核。",
    "这个函数的名字不太清楚，能不能解释一下它到底返回什么？",
    "老人坐在港口的长椅上，看着远处的灯塔，想起了年轻时在{0}的日子。",
    "根据最新的统计，超过三分之二的团队已经限制了人工智能的使用额度。",
    "为什么同样的查询在测试环境只要几毫秒，而在生产环境却需要几秒钟？",
    "缓存失效之后，服务器会重新计算结果，这可能导致短暂的延迟。",
    "会议定在{3}下午，请大家提前准备好各自的进度报告和预算。",
    "山下的村庄很安静，只有风吹过竹林的声音和偶尔的狗叫。",
    "错误信息应当说明发生了什么、为什么会发生，以及用户可以怎样做。",
  ],
};

export const JAPANESE: Grammar = {
  locale: "ja-JP",
  sentences: [
    "先月、{0}のお客様から、{3}に予約の画面が突然動かなくなったという連絡がありました。",
    "この文書を{1}に翻訳し、金額がすべて{2}に換算されているか確認してください。",
    "フェリー会社の予約システムは、毎日数万枚の切符を処理しています。",
    "ログインしていない場合は、エラーではなく案内を表示するべきです。",
    "まずテストを書いてから、コードを直したほうがいいと思います。",
    "データベースの接続数が上限に達したため、新しいリクエストは待たされています。",
    "彼は{1}が難しいと言いますが、毎日練習すれば半年で話せるようになるでしょう。",
    "{3}から、{2}で支払われた注文はすべて担当者が確認することになりました。",
    "この関数の名前は分かりにくいので、何を返すのか説明してもらえますか。",
    "老人は港のベンチに座り、遠くの灯台を眺めながら、{0}で過ごした若い日々を思い出していた。",
    "最新の統計によると、三分の二以上のチームが人工知能の利用額を制限しています。",
    "なぜ同じ問い合わせが、試験環境では数ミリ秒なのに、本番環境では数秒もかかるのでしょうか。",
    "キャッシュが無効になると、サーバーは結果を計算し直すので、少し遅くなることがあります。",
    "会議は{3}の午後です。各自、進捗の報告と予算を用意しておいてください。",
    "山のふもとの村は静かで、竹林を渡る風の音と、ときどき犬の声が聞こえるだけだった。",
    "エラーメッセージには、何が起きたのか、なぜ起きたのか、どうすればよいのかを書くべきです。",
  ],
};

export const RUSSIAN: Grammar = {
  locale: "ru-RU",
  sentences: [
    "В прошлом месяце клиент из страны {0} сообщил, что {3} система внезапно перестала отвечать.",
    "Переведите, пожалуйста, этот документ на {1} и проверьте, что все суммы пересчитаны в валюту {2}.",
    "Программа бронирования паромов ежедневно обрабатывает десятки тысяч билетов.",
    "Если пользователь не вошёл в систему, страница должна показать подсказку, а не ошибку.",
    "Я предлагаю сначала написать тесты, а потом менять код, иначе потом никто не решится его трогать.",
    "Число соединений с базой данных достигло предела, поэтому новые запросы ждут в очереди.",
    "Он говорит, что {1} трудно выучить, но если заниматься каждый день, через полгода можно свободно разговаривать.",
    "Начиная с {3} все заказы, оплаченные в валюте {2}, проверяются вручную.",
    "Название этой функции не очень понятно, не могли бы вы объяснить, что она возвращает?",
    "Старик сидел на скамейке в порту, смотрел на далёкий маяк и вспоминал молодость.",
    "По последним данным, более двух третей команд ограничили расходы на искусственный интеллект.",
    "Почему один и тот же запрос выполняется в тестовой среде за миллисекунды, а в рабочей за несколько секунд?",
    "Когда кэш устаревает, сервер вычисляет результат заново, и это может вызвать небольшую задержку.",
    "Совещание назначено на {3}, просьба заранее подготовить отчёты о ходе работ и бюджет.",
    "Деревня под горой была тиха, слышался только шум ветра в роще да изредка лай собак.",
    "Сообщение об ошибке должно говорить, что случилось, почему это случилось и что можно сделать.",
  ],
};

const REGIONS = "DE FR JP CN BR IN EG KE NO FI PL TR MX CA AU NZ TH VN GR PT SE DK IE IS PE CL".split(" ");
const LANGUAGES = "de fr ja zh pt hi ar sw nb fi pl tr es en th vi el sv da ga is ko uk cs hu ro".split(" ");
const CURRENCIES = "EUR USD JPY CNY BRL INR EGP KES NOK PLN TRY MXN CAD AUD THB VND SEK DKK ISK CLP".split(" ");

/** So many paragraphs of a language, the same in every run. Sentences recur, as their like do in somebody's requests; their order and names do not. */
export function paragraphs({ locale, sentences }: Grammar, count: number): string {
  const random = randomFrom(1);
  const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)]!;
  const named = (type: "region" | "language" | "currency", codes: string[]) => {
    const names = new Intl.DisplayNames(locale, { type });
    return codes.map((code) => names.of(code)!);
  };
  const words = [named("region", REGIONS), named("language", LANGUAGES), named("currency", CURRENCIES)];
  const date = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeZone: "UTC" });
  const word = (index: number) => (index < words.length ? pick(words[index]!) : date.format(random() * 1.8e12));
  const sentence = () => pick(sentences).replace(/\{(\d)\}/g, (_, index) => word(Number(index)));
  const space = locale === "ru-RU" ? " " : "";
  return Array.from({ length: count }, () => Array.from({ length: 3 + Math.floor(random() * 5) }, sentence).join(space)).join(
    "\n\n",
  );
}
