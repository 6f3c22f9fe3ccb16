"""Logs as other programs print them, with invented numbers: each function returns the lines of one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

Lines = Iterator[str]


def imagenet(rng: Random) -> Lines:
    yield "=> creating model 'resnet18'"
    for epoch in range(3):
        for batch in range(0, 200, 10):
            time, loss, acc = rng.uniform(0.1, 12), rng.uniform(1, 7), rng.uniform(0, 100)
            yield (
                f"Epoch: [{epoch}][{batch:3}/200]\tTime {time:6.3f} ({time:6.3f})\tData {time / 9:6.3f} ({time:6.3f})"
                f"\tLoss {loss:.4e} ({loss:.4e})\tAcc@1 {acc:6.2f} ({acc / 2:6.2f})\tAcc@5 {acc:6.2f} ({acc:6.2f})"
            )
        for batch in range(0, 50, 10):
            loss, acc = rng.uniform(1, 7), rng.uniform(0, 100)
            yield (
                f"Test: [{batch:2}/50]\tTime {acc / 50:6.3f} ({acc / 60:6.3f})\tLoss {loss:.4e} ({loss:.4e})"
                f"\tAcc@1 {acc:6.2f} ({acc:6.2f})\tAcc@5 {acc:6.2f} ({acc:6.2f})"
            )
        yield f" * Acc@1 {rng.uniform(0, 99):.3f} Acc@5 {rng.uniform(0, 99):.3f}"


def mnist(rng: Random) -> Lines:
    for epoch in range(1, 5):
        for batch in range(0, 60000, 6400):
            yield f"Train Epoch: {epoch} [{batch}/60000 ({batch / 600:.0f}%)]\tLoss: {rng.uniform(0, 2.5):.6f}"
        right = rng.randint(9000, 9999)
        yield ""
        yield f"Test set: Average loss: {rng.uniform(0, 1):.4f}, Accuracy: {right}/10000 ({right / 100:.0f}%)"
        yield ""


def quickstart(rng: Random) -> Lines:
    for epoch in range(1, 6):
        yield f"Epoch {epoch}"
        yield "-------------------------------"
        for batch in range(10):
            yield f"loss: {rng.uniform(0.1, 2.4):>7f}  [{64 + batch * 6400:>5d}/60000]"
        yield "Test Error: "
        yield f" Accuracy: {rng.uniform(10, 99):>0.1f}%, Avg loss: {rng.uniform(0, 2):>8f} "
        yield ""
    yield "Done!"


def tutorial(rng: Random) -> Lines:
    for epoch in range(1, 4):
        for batch in range(2000, 13000, 2000):
            yield f"[{epoch}, {batch:5d}] loss: {rng.uniform(0.5, 2.5):.3f}"
    yield "Finished Training"
    yield f"Accuracy of the network on the 10000 test images: {rng.randint(50, 70)} %"


def dcgan(rng: Random) -> Lines:
    yield "Random Seed:  999"
    yield "Starting Training Loop..."
    for epoch in range(3):
        for batch in range(0, 1583, 50):
            d, g = rng.uniform(0, 4), rng.uniform(0, 9)
            losses = f"Loss_D: {d:.4f}\tLoss_G: {g:.4f}"
            yield f"[{epoch}/3][{batch}/1583]\t{losses}\tD(x): {d / 4:.4f}\tD(G(z)): {g / 9:.4f} / {g / 10:.4f}"


def cs230(rng: Random) -> Lines:
    for run in range(2):
        stamp = f"2024-05-0{run + 1} 07:08:09,123:INFO: "
        yield stamp + "Loading the datasets..."
        yield stamp + "- done."
        yield stamp + "Starting training for 12 epoch(s)"
        for epoch in range(1, 13):
            yield f"{stamp}Epoch {epoch}/12"
            yield f"{stamp}- Train metrics: accuracy: {rng.random():05.3f} ; loss: {rng.uniform(0, 3):05.3f}"
            yield f"{stamp}- Eval metrics : accuracy: {rng.random():05.3f} ; loss: {rng.uniform(0, 3):05.3f}"
            if epoch % 3 == 1:
                yield stamp + "- Found new best accuracy"


def jik0730(rng: Random) -> Lines:
    for episode in range(1, 1001):
        yield f"2024-05-06 07:08:09,123:INFO: Episode {episode}/1000"
        if episode % 100 == 0:
            for part in ("TRAIN", "TEST"):
                own = f"accuracy: {rng.random():05.3f} ; loss: {rng.uniform(0, 3):05.3f}"
                yield f"2024-05-06 07:08:09,123:INFO: - [{part}] Eval metrics : {own}"


def learn2learn(rng: Random) -> Lines:
    for iteration in range(40):
        yield from ("", "", f"Iteration {iteration}")
        for part in ("Train", "Valid"):
            yield f"Meta {part} Error {rng.uniform(0, 3)!r}"
            yield f"Meta {part} Accuracy {rng.random()!r}"
    yield f"Meta Test Error {rng.uniform(0, 3)!r}"
    yield f"Meta Test Accuracy {rng.random()!r}"


def protonet(rng: Random) -> Lines:
    for epoch in range(1, 21):
        for part in ("train", "val"):
            yield f"epoch {epoch}, {part}, loss={rng.uniform(0, 2):.4f} acc={rng.random():.4f}"
    for batch in range(1, 31):
        yield f"batch {batch}: {rng.uniform(40, 60):.2f}({rng.uniform(40, 60):.2f})"


def maml_pytorch(rng: Random) -> Lines:
    yield "Namespace(epoch=60000, imgc=3, imgsz=84, k_qry=15, k_spt=1, meta_lr=0.001, n_way=5, task_num=4)"
    yield "Total trainable tensors: 32901"
    for step in range(0, 1500, 30):
        accuracies = " ".join(f"{rng.random():<10.8f}" for _ in range(6))
        yield f"step: {step} \ttraining acc: [{accuracies}]"
        if step % 480 == 0:
            yield "Test acc: [" + " ".join(f"{rng.random():.4f}" for _ in range(10))
            yield f" {rng.random():.4f}]"


def closerlook(rng: Random) -> Lines:
    for epoch in range(12):
        for batch in range(0, 100, 10):
            yield f"Epoch {epoch} | Batch {batch}/100 | Loss {rng.uniform(0, 2):.6f}"
        yield f"100 Test Acc = {rng.uniform(20, 80):.2f}% +- {rng.uniform(0, 2):.2f}%"
        if epoch % 2:
            yield "best model! save..."


def meta_baseline(rng: Random) -> Lines:
    yield "train dataset: torch.Size([3, 80, 80]) (x38400), 64"
    yield "num params: 8.0M"
    for epoch in range(1, 26):
        few = f"fs 1: {rng.random():.4f} 5: {rng.random():.4f}, " if epoch % 5 == 0 else ""
        pairs = (f"{part} {rng.uniform(0, 3):.4f}|{rng.random():.4f}, " for part in ("train", "val"))
        yield f"epoch {epoch}, {''.join(pairs)}{few}{rng.uniform(40, 59):.1f}s {epoch * 0.9:.1f}m/1.4h"


def libfewshot(rng: Random) -> Lines:
    stamp = "2024-05-06 07:08:09,123 [INFO] core.trainer: "
    yield stamp + "{'augment': True, 'batch_size': 128, 'epoch': 3, 'image_size': 84, 'log_interval': 100, 'seed': 0}"
    banners = {"train": "Train on the train", "val": "Validation on the val", "test": "Testing on the test"}
    for epoch in range(3):
        for part, banner in banners.items():
            yield f"{stamp}============ {banner} set ============"
            if part == "train":
                yield f"{stamp}learning rate: [0.001]"
            for batch in range(100, 700, 100):
                acc = rng.uniform(20, 60)
                loss = f"Loss {rng.uniform(1, 2):.3f} ({rng.uniform(1, 2):.3f})\t" if part == "train" else ""
                head = f"{stamp}Epoch-({epoch}): [{batch}/600]\tTime 0.301 (0.322)\tData 0.002 (0.010)"
                yield f"{head}\t{loss}Acc@1 {acc:.3f} ({acc:.3f})"
            best = " " if part == "train" else f" Best acc {'42.117' if epoch else '-inf'}"
            yield f"{stamp} * Acc@1 {rng.uniform(20, 60):.3f}{best}"
        yield f"{stamp} * Time: 0:00:52/0:43:20"


def nanogpt(rng: Random) -> Lines:
    yield "tokens per iteration will be: 512"
    yield "number of parameters: 10.65M"
    for step in range(0, 500, 10):
        if step % 100 == 0:
            yield f"step {step}: train loss {rng.uniform(1, 4):.4f}, val loss {rng.uniform(1, 4):.4f}"
        time = rng.uniform(9, 999)
        yield f"iter {step}: loss {rng.uniform(1, 4):.4f}, time {time:.2f}ms, mfu {rng.uniform(0, 40):.2f}%"


def hf_trainer(rng: Random) -> Lines:
    for step in range(1, 31):
        yield str({"loss": round(rng.uniform(0, 3), 4), "learning_rate": 5e-05 / step, "epoch": round(step / 10, 2)})
        if step % 10 == 0:
            own = {
                "eval_loss": rng.uniform(0, 3),
                "eval_accuracy": rng.random(),
                "eval_runtime": 12.5,
                "epoch": step / 10,
            }
            yield str(own)
    yield str({"train_runtime": 123.4, "train_samples_per_second": 80.1, "train_loss": 0.5, "epoch": 3.0})


def keras(rng: Random) -> Lines:
    for epoch in range(1, 11):
        yield f"Epoch {epoch}/10"
        own = " - ".join(f"{name}: {rng.random():.4f}" for name in ("loss", "accuracy", "val_loss", "val_accuracy"))
        states = [
            f"{batch:3}/938 [{'=' * (batch // 100)}>...] - ETA: 3s - loss: {rng.random():.4f}"
            for batch in (1, 300, 600)
        ]
        yield "\r".join([*states, f"938/938 [==============================] - {rng.randint(2, 9)}s 3ms/step - {own}"])


def lightgbm(rng: Random) -> Lines:
    yield "[LightGBM] [Info] Number of positive: 2345, number of negative: 7655"
    yield "[LightGBM] [Info] Total Bins 7665"
    yield "Training until validation scores don't improve for 50 rounds"
    for iteration in range(10, 310, 10):
        yield f"[{iteration}]\ttraining's auc: {rng.random():.6f}\tvalid_1's auc: {rng.random():.6f}"
    yield "Early stopping, best iteration is:"


def xgboost(rng: Random) -> Lines:
    for iteration in range(50):
        yield f"[{iteration}]\tvalidation_0-logloss:{rng.random():.5f}\tvalidation_1-logloss:{rng.random():.5f}"


def sklearn(rng: Random) -> Lines:
    for iteration in range(1, 41):
        yield f"Iteration {iteration}, loss = {rng.uniform(0, 2):.8f}"
    yield "Training loss did not improve more than tol=0.000100 for 10 consecutive epochs. Stopping."


def lightning(rng: Random) -> Lines:
    yield "GPU available: True (cuda), used: True"
    yield "  | Name  | Type | Params"
    yield "0 | model | Net  | 1.2 M "
    for epoch in range(8):
        states = []
        for part in (20, 60, 100):
            bar = f"{'█' * (part // 10)}{' ' * (10 - part // 10)}| {part}/100 [00:0{part // 20}<00:01"
            own = f"{rng.uniform(9, 99):.2f}it/s, v_num=0, train_loss={rng.uniform(0, 2):.3f}]"
            states.append(f"Epoch {epoch}: {part}%|{bar}, {own}")
        yield "\r".join(states)


def spacy(rng: Random) -> Lines:
    yield "ℹ Pipeline: ['tok2vec', 'ner']"
    yield "ℹ Initial learn rate: 0.001"
    yield "E    #       LOSS TOK2VEC  LOSS NER  ENTS_F  ENTS_P  ENTS_R  SCORE "
    yield "---  ------  ------------  --------  ------  ------  ------  ------"
    for step in range(0, 4000, 200):
        own = "  ".join(f"{rng.uniform(0, 99):{width}.2f}" for width in (12, 8, 6, 6, 6))
        yield f"{step // 1000:>3}  {step:>6}  {own}  {rng.random():6.2f}"


def detectron2(rng: Random) -> Lines:
    stamp = "[08/17 21:29:44 d2.utils.events]:  "
    yield "[08/17 21:29:40 d2.engine.train_loop]: Starting training from iteration 0"
    for step in range(19, 1000, 20):
        losses = f"total_loss: {rng.uniform(0, 3):.4g}  loss_cls: {rng.random():.4g}  loss_box_reg: {rng.random():.4g}"
        rest = f"time: {rng.random():.4f}  data_time: 0.0123  lr: {step * 1e-6:.5g}  max_mem: 2345M"
        yield f"{stamp}eta: 0:{step % 60:02}:45  iter: {step}  {losses}  {rest}"


def mmengine(rng: Random) -> Lines:
    stamp = "08/21 02:58:41 - mmengine - INFO - "
    for epoch in range(1, 4):
        for step in range(50, 501, 50):
            head = f"{stamp}Epoch(train)  [{epoch}][{step:4}/500]  lr: 1.0000e-03  eta: 1:2{epoch}:04"
            losses = f"loss: {rng.uniform(0, 2):.4f}  loss_cls: {rng.random():.4f}"
            yield f"{head}  time: {rng.random():.4f}  data_time: 0.0100  memory: 5678  {losses}"
        yield f"{stamp}Saving checkpoint at {epoch} epochs"
        yield f"{stamp}Epoch(val)  [{epoch}][ 50/100]    eta: 0:00:05  time: 0.0600  data_time: 0.0020  memory: 900  "
        measures = f"coco/bbox_mAP: {rng.random():.4f}  coco/bbox_mAP_50: {rng.random():.4f}"
        yield f"{stamp}Epoch(val) [{epoch}][100/100]    {measures}  data_time: 0.0020  time: 0.0600"


def timm(rng: Random) -> Lines:
    for epoch in range(3):
        for batch in range(0, 1251, 50):
            loss, time = rng.uniform(1, 7), rng.uniform(0.1, 4)
            head = f"Train: {epoch} [{batch:>4d}/1251 ({100 * batch / 1250:>3.0f}%)]  Loss: {loss:#.3g} ({loss:#.3g})"
            times = f"Time: {time:.3f}s, {256 / time:>7.2f}/s  ({time:.3f}s, {256 / time:>7.2f}/s)"
            yield f"{head}  {times}  LR: {1e-5 * (epoch + 1):.3e}  Data: {time / 9:.3f} ({time:.3f})"
        for batch in range(0, 98, 50):
            acc = rng.uniform(0, 100)
            head = f"Test: [{batch:>4d}/97]  Time: {acc / 99:.3f} ({acc / 90:.3f})"
            loss_text = f"Loss: {acc / 20:>6.3f} ({acc / 21:>6.3f})"
            yield f"{head}  {loss_text}  Acc@1: {acc:>7.3f} ({acc:>7.3f})  Acc@5: {acc:>7.3f} ({acc:>7.3f})"
        yield f"*** Best metric: {rng.uniform(20, 80)!r} (epoch {epoch})"


def stable_baselines(rng: Random) -> Lines:
    for iteration in range(1, 16):
        yield "----------------------------------"
        yield "| rollout/            |          |"
        yield f"|    ep_len_mean      | {rng.uniform(9, 99):<8.3g} |"
        yield f"|    ep_rew_mean      | {rng.uniform(9, 99):<8.3g} |"
        yield "| time/               |          |"
        yield f"|    fps              | {rng.randint(900, 1500):<8} |"
        yield f"|    iterations       | {iteration:<8} |"
        yield f"|    total_timesteps  | {2048 * iteration:<8} |"
        if iteration > 1:
            yield "| train/              |          |"
            yield f"|    approx_kl        | {rng.uniform(0.001, 0.02):<8.7f} |"
            yield f"|    loss             | {rng.uniform(0, 30):<8.3g} |"
        yield "----------------------------------"


def reinforce(rng: Random) -> Lines:
    for episode in range(10, 400, 10):
        yield f"Episode {episode}\tLast reward: {rng.uniform(9, 500):.2f}\tAverage reward: {rng.uniform(9, 500):.2f}"


def fairseq(rng: Random) -> Lines:
    stamp = "2023-05-06 07:08:09 | INFO | "
    names = ["loss", *(f"value_{letter}" for letter in "abcdefghijklm")]
    for epoch in range(1, 4):
        yield f"{stamp}fairseq.trainer | begin training epoch {epoch}"
        for step in range(100, 801, 100):
            own = ", ".join(f"{name}={rng.uniform(0, 99):.4g}" for name in names)
            yield f"{stamp}train_inner | epoch {epoch:03}:   {step:4} / 803 {own}"
        own = " | ".join(f"{name} {rng.uniform(0, 99):.4g}" for name in ("loss", "nll_loss", "ppl", "wps"))
        yield f"{stamp}valid | epoch {epoch:03} | valid on 'valid' subset | {own}"


def megatron(rng: Random) -> Lines:
    for step in range(100, 4000, 100):
        head = f" iteration {step:8}/  500000 | consumed samples: {step * 256:12}"
        time = f"elapsed time per iteration (ms): {rng.uniform(900, 999):.1f}"
        losses = f"lm loss: {rng.uniform(2, 9):.6E} | loss scale: 1.0 | grad norm: {rng.random():.3f} |"
        yield f"{head} | {time} | learning rate: {step * 1e-8:.3E} | global batch size:   256 | {losses}"


def fastai(rng: Random) -> Lines:
    yield "epoch     train_loss  valid_loss  accuracy  time    "
    for epoch in range(12):
        losses = f"{rng.uniform(0, 2):<12.6f}{rng.uniform(0, 2):<12.6f}"
        yield f"{epoch:<10}{losses}{rng.random():<10.6f}00:{rng.randint(10, 59)}"


def counter_behind(rng: Random) -> Lines:
    for epoch in range(1, 7):
        for batch in range(10):
            yield f"batch {batch}: loss {rng.uniform(0, 2):.4f}"
        yield f"Epoch: {epoch} loss: {rng.uniform(0, 2):.4f} accuracy: {rng.random():.4f}"


def logger_with_times(rng: Random) -> Lines:
    stamp = "[2024-01-02 03:04:05,678][__main__][INFO] - "
    for epoch in range(1, 9):
        for batch in range(0, 50, 10):
            yield f"{stamp}epoch {epoch} batch {batch}/50 loss={rng.random():.4f} lr=0.001"
        yield f"{stamp}epoch {epoch} done in 12.3s, val_loss={rng.random():.4f}, val_acc={rng.random():.4f}"


PROGRAMS: dict[str, Callable[[Random], Lines]] = {
    own.__name__: own
    for own in (
        imagenet, mnist, quickstart, tutorial, dcgan, cs230, jik0730, learn2learn, protonet, maml_pytorch, closerlook,
        meta_baseline, libfewshot, nanogpt, hf_trainer, keras, lightgbm, xgboost, sklearn, lightning, spacy, detectron2,
        mmengine, timm, stable_baselines, reinforce, fairseq, megatron, fastai, counter_behind, logger_with_times,
    )
}  # fmt: skip
