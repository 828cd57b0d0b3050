"""Simplified, traditional and Japanese forms of Han characters that are common in names: 张 and 張, 伟 and 偉.

Two writings of one first name make a comparison unclear (rulebook, section 1, "another script"); of a last name they
are equal.
"""

# Each pair is a simplified character and its traditional form.
_TRADITIONAL = """
张張陈陳刘劉杨楊赵趙黄黃吴吳孙孫马馬罗羅郑鄭谢謝韩韓冯馮邓鄧许許苏蘇卢盧蒋蔣贾賈叶葉阎閻谭譚邹鄒陆陸顾顧龚龔严嚴万萬
钱錢汤湯贺賀赖賴乔喬龙龍兰蘭颜顏齐齊庞龐欧歐鲁魯韦韋肖萧肖蕭毕畢蓝藍聂聶丛叢芦蘆宁寧骆駱伦倫关關涂塗单單项項闫閆娄婁
阳陽窦竇储儲闵閔诸諸师師伟偉华華丽麗强強军軍杰傑涛濤艳艷静靜鹏鵬飞飛辉輝刚剛红紅云雲凤鳳荣榮国國庆慶东東亚亞宝寶贵貴
义義礼禮圣聖显顯晓曉晖暉梦夢诗詩颖穎莹瑩琼瓊滢瀅润潤泽澤汉漢恺愷怀懷悦悅庄莊苹蘋荟薈莲蓮蔼藹维維纯純绍紹继繼绣繡缘緣
绮綺纬緯经經纪紀约約纲綱绪緒练練细細织織绿綠绵綿习習联聯圆圓团團园園图圖坚堅垒壘尧堯尔爾尘塵岚嵐岛島峥崢岭嶺峤嶠帅帥
帜幟广廣庐廬应應开開异異弥彌弯彎彦彥彻徹征徵忆憶怜憐恋戀恒恆愿願战戰扬揚抚撫携攜斋齋无無时時昙曇晋晉朴樸权權来來极極
枫楓柠檸栋棟栎櫟树樹桥橋桦樺梁樑楼樓欢歡气氣汇匯沧滄沪滬洁潔浏瀏浒滸浓濃涧澗渊淵温溫湾灣满滿滨濱潇瀟灵靈灿燦炜煒烁爍
烨燁热熱焕煥爱愛献獻玛瑪环環现現玺璽珑瓏珲琿琏璉瑶瑤璎瓔画畫畅暢盖蓋监監硕碩确確祯禎积積稳穩竞競笃篤笔筆筑築简簡绚絢
络絡统統肃肅胜勝胧朧艺藝节節芗薌苇葦苍蒼范範荆荊荐薦荫蔭莱萊获獲萦縈蔷薔虑慮补補见見观觀规規视視览覽觉覺誉譽计計认認
训訓记記论論设設访訪证證评評识識词詞诚誠详詳语語请請诺諾谅諒谊誼谋謀谐諧谦謙谨謹贝貝贞貞财財贤賢贯貫费費资資赋賦赏賞
赞贊赢贏赣贛跃躍践踐车車轩軒轮輪轻輕载載辅輔辑輯边邊达達迁遷迈邁运運远遠连連进進适適逊遜遥遙鉴鑒钊釗钏釧钗釵钢鋼钦欽
钧鈞钰鈺铁鐵铃鈴铎鐸铭銘银銀铸鑄锋鋒锐銳锡錫锦錦键鍵镇鎮镜鏡长長门門问問闯闖闲閑闻聞闽閩阁閣阔闊际際陇隴陕陝随隨隐隱
霁霽韵韻顶頂顺順须須领領频頻风風飒颯饶饒驰馳驹駒驾駕骁驍骄驕骅驊骏駿骐騏骞騫鱼魚鲜鮮鲲鯤鸟鳥鸣鳴鸥鷗鸾鸞鸿鴻鹃鵑鹤鶴
鹭鷺鹰鷹麦麥龄齡龟龜丰豐临臨为為举舉乐樂乡鄉书書争爭产產亲親亿億从從仪儀优優会會传傳侠俠侣侶侨僑俪儷俭儉儿兒兴興养養
冈岡净淨凯凱创創剑劍励勵劲勁勋勳医醫协協卫衛历歷厉厲厦廈双雙发發号號启啟咏詠响響啸嘯坛壇声聲备備复復奋奮奖獎奥奧妆妝
妩嫵姗姍娅婭娆嬈娇嬌娱娛娴嫻婵嬋嫔嬪学學实實宠寵宪憲宽寬宾賓寻尋导導寿壽将將岁歲
"""
# Each pair is a simplified character and its Japanese form.
_JAPANESE = "广広泽沢齐斉斋斎荣栄滨浜边辺龙竜关関岁歳实実龟亀铁鉄岛嶋发発气気乐楽真眞惠恵樱桜樱櫻泷滝泷瀧户戸高髙崎﨑"

_SIMPLIFIED = {
    ord(variant): simplified
    for pairs in ("".join(_TRADITIONAL.split()), _JAPANESE)
    for simplified, variant in zip(pairs[::2], pairs[1::2], strict=True)
}


def simplify(text: str) -> str:
    """Return a text with the simplified forms of its Han characters."""
    return text if text.isascii() else text.translate(_SIMPLIFIED)
